/**
 * Where the fields of a kernel dump's header are, by width. Sources: QEMU's
 * include/qemu/win_dump_defs.h, volatility's crash vtypes, rizin's dmp_specs.h; they agree.
 */
export interface DumpLayout {
  readonly width: 32 | 64;
  readonly headerBytes: number;
  readonly machines: ReadonlyMap<number, string>;
  readonly machineAt: number;
  readonly processorsAt: number;
  readonly codeAt: number;
  readonly parametersAt: number;
  readonly versionUserAt: number;
  readonly exceptionAddressAt: number;
  readonly commentAt: number;
  readonly dumpTypeAt: number;
  readonly systemTimeAt: number;
  readonly upTimeAt: number;
}

export const layout64: DumpLayout = {
  width: 64,
  headerBytes: 0x2000,
  machines: new Map([
    [0x8664, 'amd64'],
    [0xaa64, 'arm64'],
  ]),
  machineAt: 0x30,
  processorsAt: 0x34,
  codeAt: 0x38,
  parametersAt: 0x40,
  versionUserAt: 0x60,
  exceptionAddressAt: 0xf10,
  commentAt: 0xfb0,
  dumpTypeAt: 0xf98,
  systemTimeAt: 0xfa8,
  upTimeAt: 0x1030,
};

export const layout32: DumpLayout = {
  width: 32,
  headerBytes: 0x1000,
  machines: new Map([[0x14c, 'x86']]),
  machineAt: 0x20,
  processorsAt: 0x24,
  codeAt: 0x28,
  parametersAt: 0x2c,
  versionUserAt: 0x3c,
  exceptionAddressAt: 0x7dc,
  commentAt: 0x820,
  dumpTypeAt: 0xf88,
  systemTimeAt: 0xfc0,
  upTimeAt: 0xfb8,
};

/** 'PAGE': the signature, and the pattern that fills what the writer left out. */
export const page = 0x45474150;
export const page64 = 0x4547415045474150n;
export const signatures = { du64: 0x34365544, dump: 0x504d5544, mdmp: 0x504d444d } as const;

/** The build of the kernel, in both widths. */
export const minorVersionAt = 0x0c;
export const textBytesMax = { versionUser: 32, comment: 128 } as const;
export const processorsMax = 2048;

export const dumpTypes = new Map([
  [1, 'full'],
  [2, 'kernel'],
  [3, 'header'],
  [4, 'minidump'],
  [5, 'bitmap-full'],
  [6, 'bitmap-kernel'],
  [7, 'automatic'],
]);
export const minidumpType = 4;
