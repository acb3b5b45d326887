import { openSimulatedDriver } from '../../src/drivers/simulated/simulated-driver.ts';
import { aContext, aMove, never } from './driver-context.ts';

// A worker to be killed: begins one migration, says so, and waits for its end.
const [, , options = '', source = '', target = ''] = process.argv;
const driver = await openSimulatedDriver(aContext(JSON.parse(options), '/nowhere'));
const ended = driver.migrate(aMove(source, target), never);
process.stdout.write('begun\n');
await ended;
process.stdout.write('ended\n');
