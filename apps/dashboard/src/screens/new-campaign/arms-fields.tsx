import type { InventoryView } from '@gauntlet/shared/contracts/clusters';
import { Choices, TextField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { addArm, type Draft, type DraftArm, removeArm } from './draft.ts';

interface ArmsFieldsProps {
  readonly draft: Draft;
  readonly setDraft: (change: (old: Draft) => Draft) => void;
  readonly inventory: InventoryView | undefined;
}

/** Which VMs, under which treatment, and what must be installed for an attempt to count. */
export function ArmsFields({ draft, setDraft, inventory }: ArmsFieldsProps) {
  return (
    <Panel
      title="VMs and arms"
      note="two arms alternate on the same hosts and hours"
      actions={
        <button type="button" className="button" onClick={() => setDraft(addArm)}>
          Add an arm
        </button>
      }
    >
      <div className="stack">
        {draft.arms.map((arm, index) => (
          <ArmFields
            // oxlint-disable-next-line react/no-array-index-key
            key={index}
            arm={arm}
            alone={draft.arms.length === 1}
            inventory={inventory}
            onChange={(change) =>
              setDraft((old) => ({
                ...old,
                arms: old.arms.map((other, i) => (i === index ? { ...other, ...change } : other)),
              }))
            }
            onRemove={() => setDraft((old) => removeArm(old, index))}
          />
        ))}
      </div>
    </Panel>
  );
}

interface ArmFieldsProps {
  readonly arm: DraftArm;
  readonly alone: boolean;
  readonly inventory: InventoryView | undefined;
  readonly onChange: (change: Partial<DraftArm>) => void;
  readonly onRemove: () => void;
}

function ArmFields({ arm, alone, inventory, onChange, onRemove }: ArmFieldsProps) {
  const vms = inventory?.vms ?? [];
  const tags = [...new Set(vms.flatMap((vm) => vm.tags))].sort();
  return (
    <fieldset className="arm">
      <legend className="visually-hidden">Arm {arm.name}</legend>
      <div className="fields">
        <TextField label="Arm" value={arm.name} onChange={(name) => onChange({ name })} />
        {alone ? null : (
          <TextField
            label="Drawn with probability"
            value={arm.probability}
            numeric
            onChange={(probability) => onChange({ probability })}
          />
        )}
        {alone ? null : (
          <button type="button" className="button arm-remove" onClick={onRemove}>
            Remove {arm.name}
          </button>
        )}
      </div>
      <Choices
        legend="VMs"
        emptyMeans={arm.tags.length === 0 ? 'none ticked: every VM' : ''}
        options={vms.map((vm) => ({
          value: vm.name,
          note: [vm.guestOs ?? 'unknown OS', vm.host ?? 'no host'].join(', '),
        }))}
        chosen={arm.vms}
        onChange={(chosen) => onChange({ vms: chosen })}
      />
      {tags.length === 0 ? null : (
        <Choices
          legend="Or by tag"
          emptyMeans=""
          options={tags.map((value) => ({ value }))}
          chosen={arm.tags}
          onChange={(chosen) => onChange({ tags: chosen })}
        />
      )}
      <FingerprintFields arm={arm} onChange={onChange} />
    </fieldset>
  );
}

/** Both lists and both files are optional: an arm that declares nothing counts every attempt. */
function FingerprintFields({ arm, onChange }: Pick<ArmFieldsProps, 'arm' | 'onChange'>) {
  return (
    <details>
      <summary className="quiet">
        Fingerprint: what must be installed for an attempt to count
      </summary>
      <div className="fields">
        <TextField
          label="Hotfixes present"
          value={arm.hotfixes}
          placeholder="KB2636573"
          onChange={(hotfixes) => onChange({ hotfixes })}
        />
        <TextField
          label="Hotfixes absent"
          value={arm.hotfixesAbsent}
          placeholder="KB2636573"
          onChange={(hotfixesAbsent) => onChange({ hotfixesAbsent })}
        />
        <TextField
          label="Host files"
          value={arm.hostFiles}
          placeholder="Hvix64.exe=6.1.7601.21726"
          onChange={(hostFiles) => onChange({ hostFiles })}
        />
        <TextField
          label="Guest files"
          value={arm.guestFiles}
          placeholder="storvsc.sys=6.1.7601.17514"
          onChange={(guestFiles) => onChange({ guestFiles })}
        />
      </div>
    </details>
  );
}
