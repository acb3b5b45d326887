import { type ReactNode, useId } from 'react';

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  readonly placeholder?: string;
  readonly numeric?: boolean;
  readonly required?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { label, value, onChange, hint, placeholder, numeric, required } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={value}
        placeholder={placeholder}
        inputMode={numeric === true ? 'decimal' : undefined}
        required={required}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint === undefined ? null : <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly hint?: ReactNode;
}

export function SelectField({ label, value, onChange, options, hint }: SelectFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
      {hint === undefined ? null : <small>{hint}</small>}
    </div>
  );
}

interface ChoicesProps {
  readonly legend: string;
  readonly options: readonly { readonly value: string; readonly note?: string }[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  readonly emptyMeans: string;
}

/** Several of a list. None chosen has a meaning, and says which. */
export function Choices({ legend, options, chosen, onChange, emptyMeans }: ChoicesProps) {
  return (
    <fieldset className="choices">
      <legend>
        {legend} <span className="quiet small">{chosen.length === 0 ? emptyMeans : ''}</span>
      </legend>
      <div className="choice-list">
        {options.map(({ value, note }) => (
          <label key={value} className="check">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={(event) =>
                onChange(
                  event.target.checked
                    ? [...chosen, value]
                    : chosen.filter((other) => other !== value),
                )
              }
            />
            <span>
              {value} {note === undefined ? null : <span className="quiet small">{note}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
