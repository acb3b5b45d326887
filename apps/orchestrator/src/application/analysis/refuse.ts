import { AppError } from '@gauntlet/shared/contracts/errors';

/** Refuses one field of a well-formed request. @throws AppError `request.impossible`, always */
export function refuseField(pointer: string, detail: string): never {
  throw new AppError('request.impossible', `${pointer} ${detail}`, {
    details: { errors: [{ pointer, detail }] },
  });
}
