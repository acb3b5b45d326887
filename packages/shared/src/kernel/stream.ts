import { assert } from './assert.ts';

/** Stored with every campaign: a change of the algorithm below must raise it. */
export const drawVersion = 1;

/**
 * Counter-based random numbers: the k-th draw of a stream is a pure function of (seed, stream, k),
 * so attempt 417 draws the same whatever ran before it and a new stream disturbs no old one.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"),
 * key = seed, counter = (k, hash of the stream's name).
 *
 * @param seed integer in [0, 2^53)
 * @param stream a constant name, such as `placement.target`
 * @param k integer in [0, 2^53)
 * @returns an integer, uniform in [0, 2^32)
 */
export function draw(seed: number, stream: string, k: number): number {
  return philox(seed, stream, k)[0];
}

/** Like `draw`, uniform in [0, 1) with 53 bits. */
export function drawUnit(seed: number, stream: string, k: number): number {
  const [a, b] = philox(seed, stream, k);
  return ((a >>> 5) * 0x4000000 + (b >>> 6)) / 0x20000000000000;
}

/** Like `draw`, an integer in [0, count); unbiased to 2^-32. @param count integer in [1, 2^32] */
export function drawIndex(seed: number, stream: string, k: number, count: number): number {
  assert(Number.isInteger(count) && count >= 1, `drawIndex needs a count >= 1, not ${count}`);
  return Math.floor(drawUnit(seed, stream, k) * count);
}

/** Exponentially distributed with the given mean (> 0), from one draw. */
export function drawExponential(seed: number, stream: string, k: number, mean: number): number {
  return -mean * Math.log1p(-drawUnit(seed, stream, k));
}

type Words = [number, number, number, number];

function philox(seed: number, stream: string, k: number): Words {
  assert(Number.isSafeInteger(seed) && seed >= 0, `seed must be an integer >= 0, not ${seed}`);
  assert(Number.isSafeInteger(k) && k >= 0, `k must be an integer >= 0, not ${k}`);
  let words: Words = [k >>> 0, Math.floor(k / 0x100000000), ...hashName(stream)];
  let key0 = seed >>> 0;
  let key1 = Math.floor(seed / 0x100000000);
  for (let round = 0; round < 10; round += 1) {
    words = philoxRound(words, key0, key1);
    key0 = (key0 + 0x9e3779b9) >>> 0;
    key1 = (key1 + 0xbb67ae85) >>> 0;
  }
  return words;
}

function philoxRound([c0, c1, c2, c3]: Words, key0: number, key1: number): Words {
  const high0 = multiplyHigh(0xd2511f53, c0);
  const low0 = Math.imul(0xd2511f53, c0) >>> 0;
  const high1 = multiplyHigh(0xcd9e8d57, c2);
  const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
  return [(high1 ^ c1 ^ key0) >>> 0, low1, (high0 ^ c3 ^ key1) >>> 0, low0];
}

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 0x10000);
  const middleLow = (middle % 0x10000) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000)) >>> 0;
}

const hashes = new Map<string, [number, number]>();
const hashesMax = 1024;

/** Two FNV-1a hashes with different offsets; cached because stream names are few and constant. */
function hashName(name: string): [number, number] {
  const known = hashes.get(name);
  if (known !== undefined) return known;
  let first = 0x811c9dc5;
  let second = 0x01000193;
  for (let i = 0; i < name.length; i += 1) {
    const unit = name.charCodeAt(i);
    first = Math.imul(first ^ unit, 0x01000193) >>> 0;
    second = Math.imul(second ^ (unit + i), 0x01000193) >>> 0;
  }
  if (hashes.size >= hashesMax) hashes.clear();
  hashes.set(name, [first, second]);
  return [first, second];
}
