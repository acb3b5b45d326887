import { parseArgs } from 'node:util';
import { createReport } from '../support/report.ts';
import { type Size, sizes } from '../support/rig.ts';
import { benchCampaignRead } from './campaign-read.ts';
import { benchFewInFlight } from './few-in-flight.ts';
import { benchMemory } from './memory.ts';
import { benchStartup } from './startup.ts';
import { benchThroughput } from './throughput.ts';

// The promises of speed of the main job, as ratios in one run. See docs/benchmarks.md.

const { values } = parseArgs({
  options: {
    /** Which sections. */
    only: { type: 'string', default: 'throughput,latency,reads,memory,start' },
    sizes: { type: 'string', default: sizes.join(',') },
    /** Of one measured campaign. */
    attempts: { type: 'string', default: '3000' },
    concurrency: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '3' },
    /** Stored attempts of the campaign that is read. */
    stored: { type: 'string', default: '200000' },
    /** Attempts of the measurement of memory; 100000 is the promise and takes long. */
    'memory-attempts': { type: 'string', default: '10000' },
  },
});

const sections = new Set(values.only.split(','));
const chosen = sizes.filter((size: Size) => values.sizes.split(',').includes(size));
const attempts = Number(values.attempts);
const concurrency = Number(values.concurrency);
const rounds = Number(values.rounds);
const report = createReport();

for (const size of chosen) {
  if (sections.has('throughput')) {
    const options = { attempts, concurrency, rounds };
    await benchThroughput(size, { ...options, workerIs: 'here' }, report);
    if (size !== 'embedded') await benchThroughput(size, { ...options, workerIs: 'apart' }, report);
  }
  if (sections.has('latency'))
    await benchFewInFlight(size, { attempts: Math.min(attempts, 500), rounds }, report);
  if (sections.has('reads')) await benchCampaignRead(size, Number(values.stored), report);
  if (sections.has('memory')) await benchMemory(size, Number(values['memory-attempts']), report);
}
if (sections.has('start')) await benchStartup(rounds, report);
report.end();
