import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { namesAskedBy } from '@gauntlet/shared/platform/environment';
import { readStandalone } from '@gauntlet/standalone/config';
import { describe, expect, test } from 'vitest';

// House rules that no linter knows. Each with its reason; a rule without a test is advice.

const root = dirname(import.meta.dirname);
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const texts = files.filter((path) => /\.(ts|tsx|mjs|md|json|yml|ps1|psm1|c|css|html)$/.test(path));
const prose = files.filter((path) => path.endsWith('.md'));
const code = texts.filter((path) => /\.(ts|tsx|mjs)$/.test(path));

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** `path:line` of every line that matches. */
function findLines(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}

describe('tidy', () => {
  test('every runtime dependency has its line of why in docs/dependencies.md', () => {
    const page = read('docs/dependencies.md');
    const manifests = files.filter((path) => /^(apps|packages)\/[^/]+\/package\.json$/.test(path));
    const names = manifests.flatMap((path) => {
      const { dependencies = {} } = JSON.parse(read(path)) as {
        dependencies?: Record<string, string>;
      };
      return Object.keys(dependencies).filter((name) => !name.startsWith('@gauntlet/'));
    });
    const unexplained = [...new Set(names)].filter((name) => !page.includes(`\`${name}\``));
    expect(unexplained).toEqual([]);
  });

  test('versions are exact: a range resolves differently on another day', () => {
    const manifests = files.filter((path) => path.endsWith('package.json'));
    expect(findLines(manifests, /^\s*"[^"]+": "[\^~]/)).toEqual([]);
  });

  test('.env.example explains every variable the programs read, and no other', () => {
    const explained = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(
      ([, name]) => name ?? '',
    );
    expect(explained.toSorted()).toEqual(namesAskedBy(readStandalone).toSorted());
  });

  test('a TODO carries the number of its issue', () => {
    expect(findLines(code, /\/\/\s*TODO(?!\(#\d+\))/)).toEqual([]);
  });

  test('links between our own pages lead somewhere', () => {
    const dead = prose.flatMap((path) =>
      [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, target]) => target ?? '')
        .filter((target) => !existsSync(join(root, dirname(path), target)))
        .map((target) => `${path} -> ${target}`),
    );
    expect(dead).toEqual([]);
  });

  test('no barrel files: an import names the file that has the thing', () => {
    const allowed = new Set(['apps/worker/src/drivers/index.ts']);
    const barrels = code.filter((path) => /\/index\.tsx?$/.test(path) && !allowed.has(path));
    expect(barrels).toEqual([]);
  });

  test('one word for one thing: the words that GLOSSARY.md rules out are not used', () => {
    const ours = texts.filter((path) => !/^(GLOSSARY|tools\/tidy)/.test(path));
    expect(findLines(ours, /\b(vMotion|BSOD)\b/)).toEqual([]);
  });

  test('nothing of one developer machine is written down', () => {
    const ours = texts.filter((path) => !path.startsWith('tools/tidy'));
    expect(findLines(ours, /(^|[\s"'`(=])\/(work|home|Users|root)\//)).toEqual([]);
  });
});
