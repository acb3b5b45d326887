export interface CodeSymbol {
  readonly name: string;
  /** Address of its first byte; below 2^53. */
  readonly start: number;
  readonly size: number;
}
export type SymbolTable = readonly CodeSymbol[];

const symbolTableSection = 2;
const functionType = 2;
const entryBytes = 24;

/**
 * The functions of a 64-bit little-endian ELF file, ordered by address; empty when it is none.
 * Source: the System V ABI, "Sections" and "Symbol Table".
 */
export function readSymbols(elf: Buffer): SymbolTable {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2) return [];
  const sections = readSections(elf);
  const table = sections.find((section) => section.type === symbolTableSection);
  const names = table === undefined ? undefined : sections[table.link];
  if (table === undefined || names === undefined) return [];
  const symbols: CodeSymbol[] = [];
  for (let at = table.offset; at + entryBytes <= table.offset + table.size; at += entryBytes) {
    if (((elf[at + 4] ?? 0) & 0xf) !== functionType) continue;
    symbols.push({
      name: readText(elf, names.offset + elf.readUInt32LE(at)),
      start: Number(elf.readBigUInt64LE(at + 8)),
      size: Number(elf.readBigUInt64LE(at + 16)),
    });
  }
  return symbols.toSorted((a, b) => a.start - b.start);
}

/** The function an address lies in, or null. */
export function symbolAt(table: SymbolTable, address: number): CodeSymbol | null {
  return (
    table.find(({ start, size }) => address >= start && address < start + Math.max(size, 1)) ?? null
  );
}

function readSections(elf: Buffer) {
  const offset = Number(elf.readBigUInt64LE(40));
  const size = elf.readUInt16LE(58);
  const count = elf.readUInt16LE(60);
  return Array.from({ length: count }, (_, index) => {
    const at = offset + index * size;
    return {
      type: elf.readUInt32LE(at + 4),
      offset: Number(elf.readBigUInt64LE(at + 24)),
      size: Number(elf.readBigUInt64LE(at + 32)),
      link: elf.readUInt32LE(at + 40),
    };
  });
}

function readText(bytes: Buffer, start: number): string {
  return bytes.toString('latin1', start, bytes.indexOf(0, start));
}
