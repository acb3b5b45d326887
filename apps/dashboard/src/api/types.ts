/** One page of a list, as every list of the API answers. */
export interface List<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
