'use client';

import { startTransition as together, useState, useTransition } from 'react';
import { answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import {
  type DeploymentModel,
  type DeploymentName,
  deploymentFacts,
  deploymentModels,
  deployments,
  trustsOf,
  trustTypes,
} from '#domain/deployment/matrix';
import { Badge } from '#ui/badge';
import { Button } from '#ui/button';
import { Dialog } from '#ui/dialog';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { RadioCards } from '#ui/radio-cards';
import { saveSetting } from '../policy/actions.ts';

const modelDetails: Readonly<Record<DeploymentModel, string>> = {
  cloud_only: 'People and what they use are in the cloud.',
  hybrid: 'Active Directory and Microsoft Entra ID, synchronised.',
  on_premises: 'Active Directory alone, without any Microsoft cloud.',
};

const models = Object.keys(deploymentModels) as DeploymentModel[];

/** Chooses the model and then a trust type that it has, and shows what the pair means before it is saved. */
export function ChoiceForm({ now, chosen }: { now: DeploymentName; chosen: boolean }) {
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState<DeploymentName>(now);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, startTransition] = useTransition();
  const { model } = deployments[wanted];
  const trusts = trustsOf(model);
  const unchanged = chosen && wanted === now;

  function save() {
    startTransition(async () => {
      const answer = await answered(
        saveSetting({ name: 'Deployment.modelAndTrust', value: wanted, seen: now }),
      );
      together(() => {
        setProblem(answer.ok ? null : answer.problem);
        if (answer.ok) setOpen(false);
      });
    });
  }

  return (
    <Dialog
      trigger={{
        label: chosen ? 'Change' : 'Choose yours',
        tone: chosen ? 'secondary' : 'primary',
        size: 'small',
      }}
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setWanted(now);
        setProblem(null);
      }}
      title="Which deployment is this?"
      intro="It says what the checklist asks. Nothing else in Latchkey depends on it."
    >
      <div className="flex flex-col gap-5">
        <RadioCards
          legend="Model"
          name="model"
          defaultValue={model}
          onChoose={(value) => setWanted(trustsOf(value as DeploymentModel)[0]?.name ?? now)}
          cards={models.map((each) => ({
            value: each,
            title: deploymentModels[each],
            detail: modelDetails[each],
          }))}
        />
        {trusts.length > 1 ? (
          <RadioCards
            key={model}
            legend="Trust type: how devices sign in to Active Directory"
            name="trust"
            defaultValue={wanted}
            onChoose={(value) => setWanted(value as DeploymentName)}
            cards={trusts.map(({ trust, name }) => ({
              value: name,
              title: trustTypes[trust],
              detail: deployments[name].about,
              badge: trust === 'cloud_kerberos' ? <Badge tone="accent">Recommended</Badge> : undefined,
            }))}
          />
        ) : null}
        <section aria-label={deployments[wanted].title}>
          <h3 className="text-14 font-semibold">{deployments[wanted].title}</h3>
          <Facts tight facts={[...deploymentFacts(wanted)]} />
        </section>
        {problem === null ? null : (
          <Notice tone="danger" title={problem.title} safe={safeAfter(problem)}>
            {problem.detail}
          </Notice>
        )}
        <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={() => setOpen(false)}>Keep as it is</Button>
          <Button tone="primary" disabled={unchanged} pending={pending && 'Saving'} onClick={save}>
            {unchanged ? 'This is chosen now' : `Choose ${deployments[wanted].title}`}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
