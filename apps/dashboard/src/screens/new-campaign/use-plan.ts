import type { CampaignPlanView, NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import { useEffect, useState } from 'react';
import type { Failure } from '../../api/failure.ts';
import { send } from '../../api/http.ts';
import { browserClock } from '../../platform/browser-clock.ts';

export interface Plan {
  readonly view: CampaignPlanView | null;
  readonly failure: Failure | null;
  readonly asking: boolean;
}

const pauseMs = 350;

/** Asks for the plan (`dryRun`) a moment after the last change of the form. */
export function usePlan(request: NewCampaign): Plan {
  const [plan, setPlan] = useState<Plan>({ view: null, failure: null, asking: true });
  const text = JSON.stringify(request);
  useEffect(() => {
    const stop = new AbortController();
    setPlan((old) => ({ ...old, asking: true }));
    void ask(text, stop.signal).then((next) => {
      if (next !== null) setPlan(next);
    });
    return () => stop.abort();
  }, [text]);
  return plan;
}

async function ask(text: string, signal: AbortSignal): Promise<Plan | null> {
  try {
    await browserClock.sleep(pauseMs, signal);
  } catch {
    return null;
  }
  const answer = await send<CampaignPlanView>({
    method: 'POST',
    path: '/campaigns?dryRun=true',
    body: JSON.parse(text) as NewCampaign,
  });
  if (signal.aborted) return null;
  return answer.kind === 'body'
    ? { view: answer.body, failure: null, asking: false }
    : { view: null, failure: answer.kind === 'failed' ? answer.failure : null, asking: false };
}
