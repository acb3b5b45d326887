import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readEnvironment } from '@gauntlet/shared/platform/environment';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import type { DriverContext } from './application/ports.ts';
import {
  type ExaminedFinding,
  examineCluster,
  runControl,
} from './drivers/hyperv/examine-cluster.ts';
import { createHypervDriver, openDesk } from './drivers/hyperv/hyperv-driver.ts';
import { parseHypervOptions } from './drivers/hyperv/options.ts';

const usage = `Checks a Hyper-V cluster from this machine, and says what to do.

  npm run doctor -- --cluster <id> [--url http://127.0.0.1:8080] [--control-vm <name>]
  npm run doctor -- --options <file.json> [--control-vm <name>]

--cluster     id of a cluster the orchestrator at --url knows; a key for it is read from
              GAUNTLET_SECRET_API_KEY
--options     the cluster's options as a JSON file instead
--control-vm  a SACRIFICIAL VM: it is made to stop with 0x80, to prove that crashes are seen
`;

/** The worker's other settings may be set here too; they are not the doctor's. */
const secrets = Object.entries(process.env).filter(([name]) => name.startsWith('GAUNTLET_SECRET_'));
const readSecret = readEnvironment(
  Object.fromEntries(secrets),
  (read) => (reference: string) => read.secret(reference),
);

interface Target {
  readonly id: string;
  readonly options: unknown;
}

/** 0: fit. 1: not fit. 2: asked wrongly, or the cluster's definition could not be had. */
async function main(): Promise<number> {
  const asked = readArguments();
  if (asked === null) {
    process.stderr.write(usage);
    return 2;
  }
  const { id, options } = await findTarget(asked);
  const context: DriverContext = {
    clusterId: id,
    clusterName: id,
    options,
    clock: systemClock,
    stateDir: '.',
    log: createSilentLogger(),
    secret: readSecret,
  };
  const findings = await examine(context, asked.controlVm);
  process.stdout.write(toTable(findings));
  const badCount = findings.filter(({ state }) => state === 'bad').length;
  const verdict = badCount === 0 ? 'fit for a campaign' : `not fit: ${badCount} to put right`;
  process.stdout.write(`\n${verdict}\n`);
  return badCount === 0 ? 0 : 1;
}

async function examine(
  context: DriverContext,
  controlVm: string | null,
): Promise<ExaminedFinding[]> {
  const settings = parseHypervOptions(context.options);
  await using desk = await openDesk(context, { ...settings, dryRun: false });
  const parts = { desk, settings, clock: context.clock };
  const findings = await examineCluster(parts);
  if (controlVm === null) return findings;
  await using driver = await createHypervDriver(context);
  return [...findings, await runControl(parts, driver, controlVm)];
}

interface Asked {
  readonly cluster: string | null;
  readonly optionsFile: string | null;
  readonly url: string;
  readonly controlVm: string | null;
}

function readArguments(): Asked | null {
  try {
    const { values } = parseArgs({
      options: {
        cluster: { type: 'string' },
        options: { type: 'string' },
        url: { type: 'string', default: 'http://127.0.0.1:8080' },
        'control-vm': { type: 'string' },
      },
    });
    const {
      cluster = null,
      options: optionsFile = null,
      url,
      'control-vm': controlVm = null,
    } = values;
    if ((cluster === null) === (optionsFile === null)) return null;
    return { cluster, optionsFile, url, controlVm };
  } catch {
    return null;
  }
}

async function findTarget({ cluster, optionsFile, url }: Asked): Promise<Target> {
  if (optionsFile !== null) {
    return { id: optionsFile, options: JSON.parse(await readFile(optionsFile, 'utf8')) };
  }
  const key = readSecret('api-key');
  const address = new URL(`/api/v1/clusters/${encodeURIComponent(cluster ?? '')}`, url);
  const response = await fetch(address, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`${address.href} answered ${response.status}`);
  const { id, driver, options } = (await response.json()) as Target & { driver: string };
  if (driver !== 'hyperv') throw new Error(`cluster ${id} has the driver ${driver}, not hyperv`);
  return { id, options };
}

function toTable(findings: readonly ExaminedFinding[]): string {
  const marks = { ok: 'ok  ', warning: 'warn', bad: 'BAD ', unknown: '?   ' } as const;
  const widthOf = (read: (finding: ExaminedFinding) => string) =>
    Math.max(0, ...findings.map((finding) => read(finding).length));
  const where = widthOf((finding) => finding.where);
  const what = widthOf((finding) => finding.what);
  const lines = findings.map((finding) => {
    const head = `${marks[finding.state]}  ${finding.where.padEnd(where)}  ${finding.what.padEnd(what)}`;
    const todo = finding.todo === '' ? '' : `\n      -> ${finding.todo}`;
    return `${head}  ${finding.found}${todo}`;
  });
  return `${lines.join('\n')}\n`;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
