import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from '@gauntlet/shared/contracts/parse';
import Type from 'typebox';

const Placements = Type.Record(Type.String(), Type.String());

/** Which slot each VM runs on, so that a new worker brings them up where the old one had them. */
export function readPlacements(stateDir: string): Map<string, string> {
  try {
    const text = readFileSync(fileIn(stateDir), 'utf8');
    return new Map(Object.entries(parse(Placements, JSON.parse(text), 'placements')));
  } catch {
    return new Map(); // the first start, or a file nobody can read: the slots are labels, no more
  }
}

export function writePlacements(stateDir: string, placements: ReadonlyMap<string, string>): void {
  const scratch = `${fileIn(stateDir)}.partial`;
  writeFileSync(scratch, JSON.stringify(Object.fromEntries(placements)));
  renameSync(scratch, fileIn(stateDir));
}

function fileIn(stateDir: string): string {
  return path.join(stateDir, 'placements.json');
}
