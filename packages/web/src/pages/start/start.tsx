import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { deliveriesApi } from '../../client/deliveries.ts'
import { peopleApi } from '../../client/people.ts'
import { pullsApi } from '../../client/pulls.ts'
import { switchAccount } from '../../client/session.ts'
import { shortDigest } from '../../facts/delivery-look.ts'
import { verdictLooks } from '../../facts/pull-look.ts'
import { demo, storySteps, type Story, type StoryStep } from '../../facts/story.ts'
import { accountsQuery } from '../../loaders/people.ts'
import { queryClient } from '../../loaders/queries.ts'
import { useSession } from '../../loaders/session.ts'
import { hideGuide, useGuideHidden, useIsDemo, useStory } from '../../loaders/story.ts'
import { Button } from '../../parts/button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { PathLink } from '../../parts/path-link.tsx'
import { Failure } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { useQuery } from '@tanstack/react-query'
import { AskModel } from './ask-model.tsx'

/** The story of the demo: nine steps that know when they have happened. */
export function Start() {
  const words = useWords()
  const w = words.story
  usePageTitle(w.title)
  const isDemo = useIsDemo()
  const isHidden = useGuideHidden()
  const { story, error, isKnown, delivery } = useStory(isDemo === true, true)
  const accounts = useQuery({ ...accountsQuery, enabled: isDemo === true })
  const nameOf = (account: string) => accounts.data?.items.find((one) => one.name === account)?.displayName ?? account
  return (
    <>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1>{w.title}</h1>
            {isKnown && <span className="tag">{w.progress(story.done, storySteps.length)}</span>}
          </div>
          <p className="lede">{w.lede}</p>
        </div>
        {isDemo === true && (
          <div className="actions">
            <Button icon={isHidden ? 'i-play' : 'i-x'} onClick={() => hideGuide(!isHidden)}>
              {isHidden ? w.show : w.dismiss}
            </Button>
          </div>
        )}
      </div>
      {isDemo === false ? (
        <Empty icon="i-mark" title={w.notDemo}>
          <p>
            <Prose of={w.notDemoText} />
          </p>
        </Empty>
      ) : error && !isKnown ? (
        <Failure title={words.failure.title.load(w.theStory)} error={error} />
      ) : !isKnown ? (
        <Bones lines={9} />
      ) : (
        <>
          <p className="story-people soft">
            <Prose of={w.people(nameOf(demo.author), nameOf(demo.approver))} />
          </p>
          <div className="story-bar" aria-hidden="true">
            <i style={{ width: `${(story.done / storySteps.length) * 100}%` }} />
          </div>
          <ol className="story panel">
            {storySteps.map((step, index) => (
              <Step key={step} step={step} number={index + 1} story={story} nameOf={nameOf} serving={delivery} />
            ))}
          </ol>
          {story.next === undefined && (
            <p className="story-over">
              <Icon name="g-ok" className="glyph tone-ok" />
              <span>
                {w.over}{' '}
                <Link className="link" to="/audit">
                  {words.shell.audit}
                </Link>
                {' · '}
                <Link className="link" to="/deliveries/$name" params={{ name: demo.delivery }}>
                  {w.again}
                </Link>
              </span>
            </p>
          )}
        </>
      )}
    </>
  )
}

function Step({
  step,
  number,
  story,
  nameOf,
  serving,
}: {
  step: StoryStep
  number: number
  story: Story
  nameOf: (account: string) => string
  serving: readonly string[]
}) {
  const words = useWords()
  const w = words.story
  const { title, text } = w.steps[step]
  const isDone = story.isDone[step]
  const isNext = story.next === step
  return (
    <li className={isDone ? 'done' : isNext ? 'next' : 'later'} aria-current={isNext ? 'step' : undefined}>
      <span className="story-mark">
        {isDone ? <Icon name="g-ok" className="glyph tone-ok" /> : <span aria-hidden="true">{number}</span>}
        <span className="visually-hidden">{isDone ? w.done : isNext ? w.next : w.later}</span>
      </span>
      <div className="story-text">
        <h2>{title}</h2>
        <p className="soft">{text}</p>
        <Facts step={step} story={story} serving={serving} />
        {(isNext || step === 'ask') && <Actions step={step} story={story} nameOf={nameOf} />}
      </div>
    </li>
  )
}

const pullPath = (number: number, tab = '') => `/pulls/${demo.repository}/${number}${tab && `?tab=${tab}`}`

/** What has come of a step, with the way to it. */
function Facts({ step, story, serving }: { step: StoryStep; story: Story; serving: readonly string[] }) {
  const words = useWords()
  const w = words.story
  const pull = step === 'regress' || step === 'stopped' ? story.regress : story.improve
  const report = step === 'stopped' ? story.regressReport : step === 'judge' ? story.improveReport : undefined
  const parts: ReactNode[] = []
  if ((step === 'propose' || step === 'regress') && pull) parts.push(<PathLink to={pullPath(pull.number)}>{w.pull(pull.number)}</PathLink>)
  if (report && pull) {
    const verdict = report.override?.verdict ?? report.verdict
    parts.push(<Status look={verdictLooks[verdict]} word={w.verdict[verdict]} />)
    parts.push(<PathLink to={pullPath(pull.number, 'report')}>{w.steps.judge.report}</PathLink>)
  }
  if ((step === 'judge' || step === 'stopped') && pull)
    parts.push(<PathLink to={`/runs?repository=${demo.repository}&pull=${pull.number}`}>{w.steps.judge.act}</PathLink>)
  if ((step === 'judge' || step === 'stopped') && pull && !report)
    parts.push(<Status look={{ glyph: 'g-progress', tone: 'run', turning: true }} word={w.steps.judge.wait} />)
  if (step === 'stopped' && pull && report) parts.push(<PathLink to={pullPath(pull.number)}>{w.steps.stopped.act}</PathLink>)
  if ((step === 'staging' || step === 'production') && story.isDone.merge)
    parts.push(<PathLink to={`/deliveries/${demo.delivery}`}>{w.steps.staging.act}</PathLink>)
  if (step === 'ask')
    for (const one of serving) {
      const [stage = '', digest = ''] = one.split(' ')
      if (digest !== '') parts.push(<Prose of={w.serves(stage, shortDigest(digest))} />)
    }
  if (parts.length === 0) return null
  return (
    <p className="dotted story-facts">
      {parts.map((one, index) => (
        <span key={index}>{one}</span>
      ))}
    </p>
  )
}

/** The one thing to do now. What somebody else has to do begins with being them. */
function Actions({ step, story, nameOf }: { step: StoryStep; story: Story; nameOf: (account: string) => string }) {
  const words = useWords()
  const w = words.story
  const session = useSession()
  const username = session.name === 'in' ? session.identity.username : undefined
  const { isBusy, error, submit } = useSubmitAgain(async () => {
    await act(step, story)
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ['pulls'] }),
      queryClient.invalidateQueries({ queryKey: ['pull'] }),
      queryClient.invalidateQueries({ queryKey: ['delivery'] }),
    ])
  })
  const who = step === 'approve' || step === 'production' ? demo.approver : undefined
  const isReady = step !== 'production' || waitsForProduction()
  if (step === 'ask') return <AskModel isAfter={story.isDone.production} isNext={story.next === 'ask'} />
  if (step === 'judge' || step === 'staging' || step === 'stopped') return null
  return (
    <>
      {error !== undefined && <Failure title={words.failure.title.act(w.failed)} error={error} />}
      <div className="buttons">
        {who !== undefined && username !== who ? (
          <Button look="primary" icon="i-user" onClick={() => void switchAccount(who).catch(() => {})}>
            {w.actAs(nameOf(who))}
          </Button>
        ) : (
          <Button
            look="primary"
            icon={step === 'merge' ? 'i-merge' : step === 'approve' || step === 'production' ? 'i-check' : 'i-pulls'}
            busy={isBusy}
            reason={isReady ? undefined : w.steps.production.wait}
            onClick={submit}
          >
            {w.steps[step].act}
          </Button>
        )}
        {story.improve && (step === 'approve' || step === 'merge') && (
          <PathLink to={pullPath(story.improve.number, step === 'approve' ? 'report' : '')}>{w.pull(story.improve.number)}</PathLink>
        )}
      </div>
    </>
  )
}

/** As `useSubmit`, and ready for the next time when it is over. */
function useSubmitAgain(work: () => Promise<void>) {
  return useSubmit(work, () => {})
}

/** What production would take next, as last seen. */
function waitsForProduction(): boolean {
  const delivery = queryClient.getQueryData<Awaited<ReturnType<typeof deliveriesApi.get>>>(['delivery', demo.delivery])
  return delivery?.stages.at(-1)?.next !== undefined
}

async function act(step: StoryStep, story: Story): Promise<void> {
  const { improve } = story
  if (step === 'propose' || step === 'regress') await peopleApi.propose(step === 'propose' ? 'improve' : 'regress')
  if (!improve) return
  if (step === 'approve') await pullsApi.review(demo.repository, improve.number, { state: 'approved', body: '', head: improve.head.commit })
  if (step === 'merge')
    await pullsApi.merge(demo.repository, improve.number, { head: improve.head.commit, base: improve.base.commit, method: 'merge' })
  if (step === 'production') {
    const delivery = await deliveriesApi.get(demo.delivery)
    const stage = delivery.stages.at(-1)
    if (stage?.next) await deliveriesApi.approve(demo.delivery, { stage: stage.name, release: stage.next.release.name })
  }
}
