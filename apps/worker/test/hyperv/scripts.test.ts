import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Language, type Node, Parser } from 'web-tree-sitter';
import { knownCommands } from '../../src/drivers/hyperv/cmdlets.ts';
import { operations } from '../../src/drivers/hyperv/operations.ts';

// The scripts cannot run here. What can be known of them without a Windows is checked: that they
// parse, that they call only reviewed commands with reviewed parameters, and that both sides have
// the same operations. Nothing here proves what a cmdlet does.

const folder = join(import.meta.dirname, '../../src/drivers/hyperv/scripts');
const files = readdirSync(folder).filter((name) => /\.psm?1$/.test(name));
const sources = new Map(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
const trees = new Map<string, Node>();

beforeAll(async () => {
  await Parser.init();
  const wasm = createRequire(import.meta.url).resolve(
    'tree-sitter-powershell/tree-sitter-powershell.wasm',
  );
  const parser = new Parser();
  parser.setLanguage(await Language.load(wasm));
  for (const [name, source] of sources) {
    const tree = parser.parse(source);
    if (tree !== null) trees.set(name, tree.rootNode);
  }
});

describe.each(files)('%s', (name) => {
  const source = sources.get(name) ?? '';

  test('is ASCII with line feeds: Windows PowerShell reads files in the ANSI code page', () => {
    // biome-ignore lint: control characters are what is looked for
    expect(source).toMatch(/^[\n\x20-\x7e]*$/);
    expect(source.endsWith('\n')).toBe(true);
  });

  test('parses without an error', () => {
    const faults = nodesOf(name).filter((node) => node.isError || node.isMissing);
    expect(faults.map((node) => `line ${node.startPosition.row + 1}: ${node.text}`)).toEqual([]);
  });

  test('calls only commands that were reviewed, with parameters that were reviewed', () => {
    const known = new Map(knownCommands.map((one) => [one.name, one.parameters]));
    const faults = commandsOf(name).flatMap(({ command, parameters, line }) => {
      const own = functionParameters().get(command);
      const allowed = own ?? known.get(command);
      if (allowed === undefined) return [`line ${line}: ${command} was not reviewed`];
      return parameters
        .filter((parameter) => !allowed.includes(parameter))
        .map((parameter) => `line ${line}: ${command} -${parameter} was not reviewed`);
    });
    expect(faults).toEqual([]);
  });

  test('has no way to run a text, to ask a person or to write past the reply', () => {
    const code = source.replace(/<#[\s\S]*?#>/g, '').replace(/^\s*#.*$/gm, '');
    expect(code).not.toMatch(
      /Invoke-Expression|\biex\b|Add-Type|EncodedCommand|Read-Host|Write-Host|\$input\b|ScriptBlock\]::Create|Get-Credential|ConvertTo-SecureString/i,
    );
  });

  test('every function has a synopsis and names its parameters', () => {
    const faults = functionsOf(name).flatMap(({ name: functionName, text }) => {
      const help = /<#([\s\S]*?)#>/.exec(text)?.[1] ?? '';
      const missing = parametersIn(text).filter(
        (parameter) => !new RegExp(`\\.PARAMETER ${parameter}\\b`).test(help),
      );
      const synopsis = /\.SYNOPSIS\s+\S/.test(help) ? [] : [`${functionName}: no synopsis`];
      return [...synopsis, ...missing.map((parameter) => `${functionName}: ${parameter}`)];
    });
    expect(faults).toEqual([]);
  });
});

test('parameters that are handed over by splatting were reviewed too', () => {
  const reviewed = new Map(knownCommands.map((one) => [one.name, one.parameters]));
  const splats: Readonly<Record<string, readonly [string, RegExp]>> = {
    move: ['Move-ClusterVirtualMachineRole', /\$move(?: = @\{(.*?)\}|\['(\w+)'\])/g],
    query: ['Get-CimInstance', /\$query(?: = @\{(.*?CimSession.*?)\}|\['(Filter)'\])/g],
    credential: ['Invoke-Command', /\$credential\['(\w+)'\]/g],
  };
  for (const [command, pattern] of Object.values(splats)) {
    const all = [...sources.values()].join('\n');
    const names = [...all.matchAll(pattern)].flatMap(([, table, single]) =>
      table?.includes('=')
        ? [...table.matchAll(/(\w+) =/g)].map(([, key]) => key)
        : [single ?? table],
    );
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(reviewed.get(command)).toContain(name);
  }
});

test('module and worker have the same table of operations, each with its function', () => {
  const module = sources.get('Gauntlet.HyperV.psm1') ?? '';
  const [all = '', older = ''] = module.split('$script:WmiV1Operations = @{');
  const entries = (text: string) => [...text.matchAll(/'([a-zA-Z.]+)'\s+= '([A-Za-z0-9-]+)'/g)];
  expect(new Set(entries(all).map(([, op]) => op))).toEqual(new Set(Object.keys(operations)));
  const functions = new Set(functionParameters().keys());
  for (const [, op, name] of [...entries(all), ...entries(older)]) {
    expect(functions.has(name ?? ''), `${op} has no function ${name}`).toBe(true);
    expect(functionParameters().get(name ?? '')).toContain('Arguments');
    expect(Object.keys(operations)).toContain(op);
  }
});

test('every script the module loads is there, and every one that is there is loaded', () => {
  const module = sources.get('Gauntlet.HyperV.psm1') ?? '';
  const loaded = [...module.matchAll(/Join-Path \$PSScriptRoot '([^']+)'/g)].map(
    ([, file]) => file,
  );
  expect(new Set([...loaded, 'Gauntlet.HyperV.psm1'])).toEqual(new Set(files));
});

test('script blocks that may run in PowerShell 2.0 use nothing newer', () => {
  const blocks = [...sources.values()].flatMap((source) => [
    ...source.matchAll(/^\$script:\w+Block = \{\n([\s\S]*?)^\}/gm),
  ]);
  expect(blocks.length).toBeGreaterThanOrEqual(4);
  for (const [, block = ''] of blocks) {
    expect(block).not.toMatch(
      /\[ordered\]|\[pscustomobject\]|ConvertTo-Json|ConvertFrom-Json| -in | -notin |Get-CimInstance|\.ForEach\(|\.Where\(|-Raw\b|-File\b|\$using:/i,
    );
  }
});

const pwsh = findPwsh();

test.skipIf(pwsh === null)('a real PowerShell loads the module and answers a greeting', () => {
  const request = Buffer.from(
    JSON.stringify({ v: 1, id: 't-1', op: 'ping', args: { nonce: 7 }, deadlineMs: 1000 }),
  ).toString('base64');
  const command = `Import-Module '${join(folder, 'Gauntlet.HyperV.psm1')}'; Invoke-GauntletOp '${request}'`;
  const output = execFileSync(pwsh ?? '', ['-NoProfile', '-NonInteractive', '-Command', command], {
    encoding: 'utf8',
  });
  const [, id, payload = ''] = output.trim().split(' ');
  expect(id).toBe('t-1');
  const reply = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  expect(reply).toMatchObject({ ok: true, data: { nonce: 7 } });
});

function findPwsh(): string | null {
  for (const name of ['pwsh', 'powershell']) {
    try {
      execFileSync(name, ['-NoProfile', '-Command', '1'], { stdio: 'ignore' });
      return name;
    } catch {
      // Not on this machine: the test says that it was skipped.
    }
  }
  return null;
}

function nodesOf(name: string): Node[] {
  const root = trees.get(name);
  const nodes: Node[] = [];
  const waiting = root === undefined ? [] : [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node);
    for (const child of node.children) if (child !== null) waiting.push(child);
  }
  return nodes;
}

/** Commands called by name, with the parameters each is given. */
function commandsOf(name: string) {
  return nodesOf(name)
    .filter((node) => node.type === 'command')
    .flatMap((node) => {
      const command = node.children.find((child) => child?.type === 'command_name')?.text;
      if (command === undefined || !/^[A-Z][a-z]+-\w+$/.test(command)) return [];
      const elements = node.children.find((child) => child?.type === 'command_elements');
      const parameters = (elements?.children ?? [])
        .filter((child) => child?.type === 'command_parameter')
        .map((child) => (child?.text ?? '').replace(/^-/, '').replace(/:$/, ''));
      return [{ command, parameters, line: node.startPosition.row + 1 }];
    });
}

function functionsOf(name: string) {
  return nodesOf(name)
    .filter((node) => node.type === 'function_statement')
    .map((node) => ({ name: /function ([\w-]+)/.exec(node.text)?.[1] ?? '', text: node.text }));
}

/** The parameters a function declares. */
function parametersIn(text: string): string[] {
  const block = /\n {4}param\(\n([\s\S]*?)\n {4}\)/.exec(text)?.[1] ?? '';
  return [...block.matchAll(/^ {8}\[[\w.[\]]+\] \$(\w+)|^ {8}\[switch\] \$(\w+)/gm)].map(
    ([, typed, flag]) => typed ?? flag ?? '',
  );
}

let declared: Map<string, string[]> | null = null;

function functionParameters(): Map<string, string[]> {
  declared ??= new Map(
    files.flatMap((file) =>
      functionsOf(file).map(({ name, text }) => [name, parametersIn(text)] as const),
    ),
  );
  return declared;
}
