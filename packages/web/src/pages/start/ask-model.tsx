import type { DemoAnswer } from '@plimsoll/api'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { peopleApi } from '../../client/people.ts'
import { askCommand } from '../../facts/ask-command.ts'
import { readAsked, rememberAnswers, type Asked } from '../../facts/asked.ts'
import { shortDigest } from '../../facts/delivery-look.ts'
import { demo } from '../../facts/story.ts'
import { settingsQuery } from '../../loaders/queries.ts'
import { sayAsked } from '../../loaders/story.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Failure } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'

const keptKey = 'plimsoll.guide-answers'

function kept(): Asked[] {
  try {
    return readAsked(localStorage.getItem(keptKey))
  } catch {
    return []
  }
}

function keep(asked: readonly Asked[]): void {
  try {
    localStorage.setItem(keptKey, JSON.stringify(asked))
  } catch {
    // It lasts as long as the page.
  }
}

/** Asks the models that serve one question, and keeps what they said: before and after. `isAfter`: the better model is in production. */
export function AskModel({ isAfter, isNext }: { isAfter: boolean; isNext: boolean }) {
  const { words, format } = useLanguage()
  const w = words.story.steps.ask
  const { data: settings } = useQuery(settingsQuery)
  const [asked, setAsked] = useState(kept)
  const [silent, setSilent] = useState<readonly DemoAnswer[]>([])
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const ask = async () => {
    setBusy(true)
    setError(undefined)
    try {
      const { answers } = await peopleApi.ask()
      const next = rememberAnswers(asked, answers, Date.now())
      setAsked(next)
      keep(next)
      setSilent(answers.filter((one) => one.problem !== undefined))
      if (isAfter) sayAsked()
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="ask-model">
      {error !== undefined && <Failure title={words.failure.title.act(words.story.failed)} error={error} />}
      <div className="buttons">
        <Button icon="i-play" busy={isBusy} onClick={() => void ask()} {...(isAfter && { look: 'primary' as const })}>
          {w.ask}
        </Button>
        {isNext && (
          <Button icon="i-check" onClick={sayAsked}>
            {w.done}
          </Button>
        )}
      </div>
      {asked.length > 0 && (
        <table className="table compact" aria-label={w.answers}>
          <thead>
            <tr>
              <th scope="col">{w.columns.stage}</th>
              <th scope="col">{w.columns.model}</th>
              <th scope="col" className="right">
                {w.columns.probability}
              </th>
              <th scope="col">{w.columns.says}</th>
              <th scope="col">{w.columns.at}</th>
            </tr>
          </thead>
          <tbody>
            {asked.map((one) => (
              <tr key={`${one.stage} ${one.model}`}>
                <td>{one.stage}</td>
                <td>
                  <code className="hash" title={one.model}>
                    {shortDigest(one.model)}
                  </code>
                </td>
                <td className="right num">{one.probability.toFixed(3)}</td>
                <td>
                  <Status
                    look={one.isFraud ? { glyph: 'g-degraded', tone: 'bad' } : { glyph: 'g-ok', tone: 'none' }}
                    word={one.isFraud ? w.fraud : w.fine}
                  />
                </td>
                <td className="soft nowrap">{format.timeOfDay(new Date(one.at))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {silent.map((one) => (
        <p key={one.stage} className="small said">
          {one.stage}: {one.problem}
        </p>
      ))}
      <details>
        <summary className="muted small">{w.terminal}</summary>
        <ul className="commands">
          {demo.stages.map((stage) => {
            const command = askCommand(settings?.gatewayUrl, stage)
            return (
              <li key={stage}>
                <code title={stage}>{command}</code>
                <CopyButton text={command} label={`${words.common.copy}: ${stage}`} />
              </li>
            )
          })}
        </ul>
      </details>
    </div>
  )
}
