import { describe, expect, test } from 'vitest';
import type { SymbolTable } from './guest/symbols.ts';
import { parsePanic } from './panic.ts';

const symbols: SymbolTable = [
  { name: 'spin', start: 0x401ac0, size: 32 },
  { name: 'lmstor_deferred_completion', start: 0x401d00, size: 64 },
];

// Real texts of the guests, shortened to the lines that matter.
const commanded = `[    4.162785] sysrq: Trigger a crash
[    4.166701] Kernel panic - not syncing: sysrq triggered crash
[    4.169999] Call Trace:
[    4.170933]  dump_stack_lvl+0x44/0x5c
[    4.172578]  panic+0x118/0x2f4
[    4.173321]  ? _printk+0x68/0x83
[    4.174263]  sysrq_handle_crash+0x16/0x20
[    4.180391]  entry_SYSCALL_64_after_hwframe+0x6e/0xd8
[    4.181247] RIP: 0033:0x437fdf`;

const hung = `[    6.957356] Uhhuh. NMI received for unknown reason 31 on CPU 0.
[    6.959499] Kernel panic - not syncing: NMI: Not continuing
[    6.960701]  <TASK>
[    6.961187]  dump_stack_lvl+0x44/0x5c
[    6.961998]  panic+0x118/0x2f4
[    6.962051]  nmi_panic.cold+0xc/0xc
[    6.962077]  unknown_nmi_error.cold+0x3b/0x49
[    6.962090]  exc_nmi+0x11e/0x150
[    6.962103]  asm_exc_nmi+0xb3/0xfc
[    6.962276] RIP: 0033:0x401add`;

const initDied = `[    3.70] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b
[    3.70]  dump_stack_lvl+0x44/0x5c
[    3.70]  panic+0x118/0x2f4
[    3.70]  do_exit.cold+0x15/0x15
[    3.70]  exit_to_user_mode_prepare+0x15a/0x240
[    3.70]  asm_exc_page_fault+0x22/0x30
[    3.70] RIP: 0033:0x401d16
[    3.71] ---[ end Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b ]---`;

const otherThread = `[    3.69] init[66]: segfault at 0 ip 0000000000401d16 sp 00007f1 error 6 in init[401000]
${initDied.replace('0x401d16', '0x401ad0')}`;

const inModule = `[   11.0] BUG: kernel NULL pointer dereference, address: 0000000000000000
[   11.0] #PF: supervisor read access in kernel mode
[   11.0] Oops: 0000 [#1] PREEMPT SMP NOPTI
[   11.0] RIP: 0010:lmstor_deferred_completion+0x9/0x20 [lmstor]
[   11.1] Kernel panic - not syncing: Fatal exception in interrupt`;

describe('a panic is told in the words of the kernel', () => {
  test('out of a system call, the first frame that tells is the place', () => {
    expect(parsePanic(commanded, symbols)).toMatchObject({
      code: null,
      reason: 'sysrq triggered crash',
      module: 'vmlinux',
      function: 'sysrq_handle_crash',
      offset: 0x16,
    });
  });

  test('a hang shows where init was spinning when the NMI came', () => {
    expect(parsePanic(hung, symbols)).toMatchObject({
      reason: 'NMI: Not continuing',
      module: 'init',
      function: 'spin',
    });
  });

  test('the death of PID 1 is symbolised with our own table', () => {
    expect(parsePanic(initDied, symbols)).toMatchObject({
      reason: 'Attempted to kill init! exitcode=0x0000000b',
      module: 'init',
      function: 'lmstor_deferred_completion',
      offset: 0x16,
    });
    // The registers of the panic are those of whichever thread of PID 1 was the last to go.
    expect(parsePanic(otherThread, symbols)).toMatchObject({
      function: 'lmstor_deferred_completion',
    });
    expect(parsePanic(initDied, [])).toMatchObject({ module: 'init', function: null });
  });

  test('an oops in a module names the module; the complaint is the reason', () => {
    expect(parsePanic(inModule, symbols)).toMatchObject({
      reason: 'BUG: kernel NULL pointer dereference, address: 0000000000000000',
      module: 'lmstor',
      function: 'lmstor_deferred_completion',
      offset: 9,
    });
  });

  test('the second death is a consequence of the first', () => {
    expect(parsePanic(`${inModule}\n${initDied}`, symbols)?.module).toBe('lmstor');
  });

  test('only the closing line of a panic, or nothing at all, is no panic', () => {
    expect(parsePanic('', symbols)).toBeNull();
    expect(parsePanic('READY up=1704ms\n[ 1.0] random: crng init done', symbols)).toBeNull();
    expect(parsePanic('---[ end Kernel panic - not syncing: NMI ]---', symbols)).toBeNull();
  });

  test('garbage of a dying serial line does no harm', () => {
    const garbage = Array.from({ length: 5000 }, (_, i) => String.fromCharCode(i % 256)).join('');
    expect(parsePanic(garbage.repeat(20), symbols)).toBeNull();
    expect(parsePanic(`${garbage}\n${commanded}`, symbols)?.reason).toBe('sysrq triggered crash');
  });
});
