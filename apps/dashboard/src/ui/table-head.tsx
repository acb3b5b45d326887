import type { ReactNode } from 'react';

export type Column =
  | string
  | { readonly name: string; readonly numeric: true }
  /** A column of drawings: its name is read out, its axis is seen. */
  | { readonly name: string; readonly axis: ReactNode };

export function TableHead({ columns }: { readonly columns: readonly Column[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <HeadCell key={typeof column === 'string' ? column : column.name} column={column} />
        ))}
      </tr>
    </thead>
  );
}

function HeadCell({ column }: { readonly column: Column }) {
  if (typeof column === 'string') return <th scope="col">{column}</th>;
  if ('numeric' in column) {
    return (
      <th scope="col" className="num">
        {column.name}
      </th>
    );
  }
  return (
    <th scope="col" className="plot">
      <span className="visually-hidden">{column.name}</span>
      {column.axis}
    </th>
  );
}
