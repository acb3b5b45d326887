export interface ReportDocument {
  readonly contentType: string;
  readonly fileName: string;
  /** Pieces of the document; the next is made when it is asked for. */
  readonly chunks: AsyncIterable<string>;
}
