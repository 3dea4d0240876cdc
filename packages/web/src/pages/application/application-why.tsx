import { calledOf } from '../../facts/application-name.ts'
import { explain, isError, isWarning } from '../../facts/condition.ts'
import { whereFrom } from '../../facts/sources.ts'
import type { AppSummary } from '../../facts/summary.ts'
import type { Look } from '../../facts/tone.ts'
import { explainState, short } from '../../facts/why.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { useTicking } from '../../parts/now.ts'
import { Problem } from '../../parts/problem.tsx'
import type { IconName } from '../../parts/icon-sprite.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { StepLink } from '../applications/row-why.tsx'
import { ask } from '../dialogs/ask.ts'

/** The sentences that explain the state, and what is wrong in full. Where all is well one quiet line keeps the place, so that nothing jumps. */
export function ApplicationWhy({ summary }: { summary: AppSummary }) {
  const language = useLanguage()
  const { words } = language
  const tick = useTicking((now) => Math.floor(now / 5_000))
  void tick
  const reasons = explainState(summary, language)
    // These two have a place of their own below.
    .filter((one) => !one.steps.includes('conditions') && !one.steps.includes('resume'))
    // The progress of a sync is shown step by step further down.
    .filter((one) => one.state !== words.state.syncing)
    .toSorted((a, b) => Number(b.urgency === 'attention') - Number(a.urgency === 'attention'))
  const [first, ...rest] = reasons
  const errors = summary.conditions.filter(
    (one) => isError(one.type) && !(one.type === 'SyncError' && first?.state === words.state.syncFailed),
  )
  const warnings = summary.conditions.filter((one) => isWarning(one.type) && one.type !== 'AutomationHeldWarning')
  return (
    <>
      <HoldBanner summary={summary} />
      {errors.map((one) => (
        <ConditionProblem key={`${one.type} ${one.message}`} summary={summary} condition={one} tone="bad" />
      ))}
      {first && (
        <div className={`why tone-${first.tone} app-why`} role="status">
          <Icon name={glyphOf(first.state, first.tone)} className={`glyph${first.tone === 'run' ? ' turning' : ''}`} />
          <p>
            <strong>{first.state}</strong> · <Prose of={first.sentence} />{' '}
            {first.steps
              .filter((step) => step !== 'sync' && step !== 'open')
              .map((step) => (
                <StepLink key={step} app={summary} why={first} step={step} />
              ))}
          </p>
          {rest.map((one) => (
            <p key={one.state}>
              <strong>{one.state}</strong> · <Prose of={one.sentence} />{' '}
              {one.steps
                .filter((step) => step === 'diff' || step === 'logs' || step === 'events')
                .map((step) => (
                  <StepLink key={step} app={summary} why={one} step={step} />
                ))}
            </p>
          ))}
        </div>
      )}
      {!first && !summary.hold && errors.length === 0 && <Calm summary={summary} />}
      {warnings.map((one) => (
        <ConditionProblem key={`${one.type} ${one.message}`} summary={summary} condition={one} tone="warn" />
      ))}
    </>
  )
}

function Calm({ summary }: { summary: AppSummary }) {
  const { words } = useLanguage()
  const isWell = summary.health === 'Healthy' && summary.sync === 'Synced'
  return (
    <div className="why tone-none calm app-why">
      <Icon name={isWell ? 'g-ok' : 'g-dot'} className={isWell ? 'glyph tone-ok' : 'glyph'} />
      <p>
        <Prose of={isWell ? words.app.calm(summary.objects, short(summary.revision), whereFrom(summary.sources)) : words.app.inProgress} />
      </p>
    </div>
  )
}

function HoldBanner({ summary }: { summary: AppSummary }) {
  const { words, format } = useLanguage()
  const { hold } = summary
  if (!hold) return null
  return (
    <div className="why tone-hold app-why" role="status">
      <Icon name="g-held" className="glyph" />
      <p>
        <Prose of={words.app.heldBanner(hold.since === undefined ? undefined : format.inSentence(new Date(hold.since)), hold.by)} />
      </p>
      <p>
        {hold.reason && `${words.app.heldReason(hold.reason)}. `}
        <Prose of={words.app.heldMore(hold.revision && short(hold.revision))} />
      </p>
      <div className="buttons">
        <Button small icon="i-play" onClick={() => ask({ name: 'resume', app: summary })}>
          {words.app.resumeShort}
        </Button>
      </div>
    </div>
  )
}

function ConditionProblem({
  summary,
  condition,
  tone,
}: {
  summary: AppSummary
  condition: AppSummary['conditions'][number]
  tone: 'bad' | 'warn'
}) {
  const { words, format } = useLanguage()
  const { what, remedy, file, line } = explain(condition.message)
  const titles = words.app.conditionTitles
  const title = Object.hasOwn(titles, condition.type) ? titles[condition.type] : undefined
  const since = useTicking((now) => (condition.since === undefined ? '' : format.duration(Math.max(0, now - condition.since))))
  return (
    <div className="app-why">
      <Problem
        title={title ? <Prose of={title(calledOf(summary))} /> : condition.type}
        tone={tone}
        icon={tone === 'bad' ? 'g-degraded' : 'g-warning'}
        role={tone === 'bad' ? 'alert' : 'status'}
      >
        <p className="said">
          <WithFile text={what} file={file} />
        </p>
        {remedy && (
          <p className="said">
            <strong>{words.common.doThis}</strong> {remedy}
          </p>
        )}
        {condition.type === 'DeletionError' && summary.waitsFor === 'deletion' && (
          <div className="buttons">
            <Button small icon="i-check" onClick={() => ask({ name: 'confirm', app: summary })}>
              {words.app.operation.confirmDeletion}
            </Button>
          </div>
        )}
        <p className="muted small">
          {since ? words.app.conditionSince(condition.type, since) : condition.type}
          {(line !== undefined || condition.type === 'ComparisonError') && ` · ${words.app.lastGood}`}
        </p>
      </Problem>
    </div>
  )
}

/** The message with the file that it names set apart. */
function WithFile({ text, file }: { text: string; file: string | undefined }) {
  const at = file === undefined ? -1 : text.indexOf(file)
  if (file === undefined || at < 0) return text
  return (
    <>
      {text.slice(0, at)}
      <code>{file}</code>
      {text.slice(at + file.length)}
    </>
  )
}

const glyphs: Record<string, IconName> = {
  Degraded: 'g-degraded',
  Progressing: 'g-progress',
  Missing: 'g-missing',
  Suspended: 'g-suspended',
  OutOfSync: 'g-outofsync',
  Unknown: 'g-unknown',
}

function glyphOf(state: string, tone: Look['tone']): IconName {
  if (Object.hasOwn(glyphs, state)) return glyphs[state] ?? 'g-warning'
  return tone === 'bad' ? 'g-failed' : tone === 'run' ? 'g-progress' : tone === 'hold' ? 'g-held' : 'g-warning'
}
