/*
 * How numbers read in sentences. Pure text: no statistics and no library, so that the browser, a
 * report and a notification can say a number exactly as the API does.
 */

/** A number, or the string that stands for infinity in JSON. */
export type Extended = number | 'Infinity';

/** 12000 -> "12,000"; infinity -> "no finite number of". */
export function sayCount(value: Extended): string {
  const number = Number(value);
  if (!Number.isFinite(number)) return 'no finite number of';
  return Math.round(number).toLocaleString('en-US');
}

/** 0 -> "0 bugchecks", 1 -> "1 bugcheck". */
export function sayThings(value: Extended, thing: string): string {
  return `${sayCount(value)} ${thing}${Number(value) === 1 ? '' : 's'}`;
}

/** A rate per migration: 0.000374 -> "1 in 2,671"; 0 -> "0". */
export function sayRate(rate: number): string {
  return rate === 0 ? '0' : `1 in ${sayCount(1 / rate)}`;
}

/** A share: 0.4076 -> "41 %", 0.999 -> "99.9 %". */
export function sayPercent(share: number): string {
  const percent = 100 * share;
  const digits = percent > 99 || (percent > 0 && percent < 1) ? 3 : 0;
  return `${Number(percent.toFixed(digits))} %`;
}

/** The level that goes with alpha: 0.05 -> "95 %". */
export function sayLevel(alpha: number): string {
  return `${Number((100 * (1 - alpha)).toPrecision(12))} %`;
}

/** Two significant digits: 0.010077 -> "0.010", 0.00001 -> "1.0e-5", 3.515 -> "3.5". */
export function sayNumber(value: Extended): string {
  const number = Number(value);
  if (!Number.isFinite(number)) return 'infinite';
  if (number !== 0 && (Math.abs(number) < 1e-4 || Math.abs(number) >= 1e6)) {
    return number.toExponential(1);
  }
  return Math.abs(number) >= 100 ? sayCount(number) : number.toPrecision(2);
}
