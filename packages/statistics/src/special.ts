import betainc from '@stdlib/math-base-special-betainc';
import betaincinv from '@stdlib/math-base-special-betaincinv';
import betaln from '@stdlib/math-base-special-betaln';
import gammainc from '@stdlib/math-base-special-gammainc';
import gammaincinv from '@stdlib/math-base-special-gammaincinv';
import gammaln from '@stdlib/math-base-special-gammaln';
import cdf from '@stdlib/stats-base-dists-normal-cdf';
import quantile from '@stdlib/stats-base-dists-normal-quantile';

/*
 * The only file that imports @stdlib. Its single packages agree with R to 3e-11 on 946 values of
 * our domain; jstat's beta quantile is wrong by up to 66 % there. Every function expects arguments
 * its caller has already checked.
 */

/** P(X <= x) for X ~ Beta(a, b); a, b > 0, x in [0, 1]. */
export function betaCdf(x: number, a: number, b: number): number {
  return betainc(x, a, b, true, false);
}

/** P(X > x) for X ~ Beta(a, b), without the cancellation of 1 - betaCdf. */
export function betaCdfUpper(x: number, a: number, b: number): number {
  return betainc(x, a, b, true, true);
}

/** The x with P(X <= x) = p for X ~ Beta(a, b); p in [0, 1]. */
export function betaQuantile(p: number, a: number, b: number): number {
  return betaincinv(p, a, b, false);
}

/** The x with P(X > x) = p for X ~ Beta(a, b); p in [0, 1]. */
export function betaQuantileUpper(p: number, a: number, b: number): number {
  return betaincinv(p, a, b, true);
}

/** log B(a, b); a, b > 0. Never a difference of logGamma, which loses every digit at n = 1e6. */
export function logBeta(a: number, b: number): number {
  return betaln(a, b);
}

/** log Gamma(a); a > 0. */
export function logGamma(a: number): number {
  return gammaln(a);
}

/** P(X <= x) for X ~ Gamma(shape a, rate 1); also P(Poisson(x) >= a) for an integer a >= 1. */
export function gammaCdf(x: number, a: number): number {
  return gammainc(x, a, true, false);
}

/** The x with P(X <= x) = p for X ~ Gamma(shape a, rate 1). */
export function gammaQuantile(p: number, a: number): number {
  return gammaincinv(p, a, false);
}

/** The x with P(X > x) = p for X ~ Gamma(shape a, rate 1). */
export function gammaQuantileUpper(p: number, a: number): number {
  return gammaincinv(p, a, true);
}

/** P(Z <= z) for a standard normal Z. */
export function normalCdf(z: number): number {
  return cdf(z, 0, 1);
}

/** The z with P(Z > z) = p for a standard normal Z; p in (0, 1). */
export function normalQuantileUpper(p: number): number {
  return -quantile(p, 0, 1);
}
