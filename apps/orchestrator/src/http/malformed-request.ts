import type { Problem } from '@gauntlet/shared/contracts/problem';

export type RequestFault = NonNullable<Problem['errors']>[number];

/** The request is not what the contract says; lists where. Answered with 400. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
  readonly statusCode = 400;
  readonly faults: readonly RequestFault[];

  constructor(faults: readonly RequestFault[]) {
    super('the request does not fit the contract');
    this.faults = faults;
  }
}
