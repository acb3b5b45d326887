import type { Socket } from 'node:net';
import { errorCatalog } from '@gauntlet/shared/contracts/errors';
import type { Problem } from '@gauntlet/shared/contracts/problem';
import type { IdSource } from '@gauntlet/shared/platform/ids';

/** What Node refuses before there is a request: the answer is written to the socket by hand. */
export function createClientErrorHandler(ids: IdSource) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return;
    const body = JSON.stringify(toProblem(error.code, ids.next()));
    socket.end(
      [
        `HTTP/1.1 ${statusLine(error.code)}`,
        'content-type: application/problem+json; charset=utf-8',
        `content-length: ${Buffer.byteLength(body)}`,
        'connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  };
}

function statusLine(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '413 Content Too Large';
  return '400 Bad Request';
}

function toProblem(code: string | undefined, requestId: string): Problem {
  const kind = code === 'HPE_HEADER_OVERFLOW' ? 'request.too-large' : 'request.malformed';
  return {
    type: `/problems/${kind}`,
    title: errorCatalog[kind].title,
    status: errorCatalog[kind].status,
    detail: detailOf(code),
    instance: '',
    code: kind,
    requestId,
  };
}

function detailOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'The headers are larger than 16 KiB.';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'The request took too long to arrive.';
  return 'This is not HTTP/1.1 as we can read it.';
}
