import type { KnownIssueView } from '@gauntlet/shared/contracts/clusters';
import { evaluateExposure } from '@gauntlet/shared/domain/known-issues';
import type { Parts } from './parts.ts';
import { currentInventory } from './read-inventory.ts';

/** Every known issue against every host and VM, with the file versions that decide it. */
export async function readKnownIssues(
  parts: Parts,
  id: string,
): Promise<{ items: KnownIssueView[] }> {
  const inventory = await currentInventory(parts, { id, refresh: false });
  const items = evaluateExposure(inventory).map((issue) => ({
    ...issue,
    subjects: issue.subjects.map((subject) => ({ ...subject, filesRead: [...subject.filesRead] })),
  }));
  return { items };
}
