import { createLogger } from '@gauntlet/shared/platform/logger';
import { closeOnSignal } from '@gauntlet/shared/platform/shutdown';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { parseConfig, type SimulatorConfig } from './config.ts';
import { startSimulator } from './server.ts';

const config = readConfig();
const log = createLogger({ level: config.logLevel, format: config.logFormat, name: 'simulator' });
const simulator = await startSimulator(config, { clock: systemClock, log });
closeOnSignal(async () => simulator[Symbol.asyncDispose](), { graceMs: 5_000, log });
log.info({ url: simulator.url }, 'simulator ready');

function readConfig(): SimulatorConfig {
  try {
    return parseConfig(process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}
