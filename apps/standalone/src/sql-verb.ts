export interface SqlVerb {
  readonly name: 'begin' | 'end' | 'listen' | 'other';
  /** The channel of a LISTEN; empty otherwise. */
  readonly argument: string;
}

const other: SqlVerb = { name: 'other', argument: '' };

/** What a statement does to the session. BullMQ's statements begin with comment lines. */
export function verbOf(text: string): SqlVerb {
  const statement = text.replace(/^(?:\s*--[^\n]*(?:\n|$))*\s*/, '').slice(0, 200);
  const [, word = '', rest = ''] = /^(\w+)\s*(.*)$/s.exec(statement) ?? [];
  switch (word.toLowerCase()) {
    case 'begin':
      return { name: 'begin', argument: '' };
    case 'start':
      return /^transaction\b/i.test(rest) ? { name: 'begin', argument: '' } : other;
    case 'commit':
    case 'end':
      return { name: 'end', argument: '' };
    case 'rollback':
      // `rollback to savepoint` stays inside its transaction.
      return /^to\b/i.test(rest) ? other : { name: 'end', argument: '' };
    case 'listen':
      return { name: 'listen', argument: rest.replace(/[\s;]+$/, '').replace(/^"|"$/g, '') };
    default:
      return other;
  }
}
