import type { Application } from '@plimsoll/api'
import type { SourceRendering } from '../../../client/rendering.ts'
import { isFreshlyRandom, rotatedAt } from '../../../facts/rendering-stamp.ts'
import { whyNot } from '../../../facts/allowed.ts'
import type { AppSummary } from '../../../facts/summary.ts'
import { Button } from '../../../parts/button.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { useLanguage } from '../../../words/index.tsx'
import { Prose } from '../../../words/prose.tsx'
import { ask } from '../../dialogs/ask.ts'

/** What a reader of the rendering has to know: differences first, then warnings, then what is good to know. */
export function Notices({
  application,
  summary,
  rendering,
}: {
  application: Application
  summary: AppSummary
  rendering: SourceRendering
}) {
  const { words, format } = useLanguage()
  const w = words.source
  const compared = rendering.comparedWithBinary
  const warnings = rendering.warnings ?? []
  const functions = rendering.randomFunctions ?? []
  const isFresh = isFreshlyRandom(application)
  const rotated = rotatedAt(application)
  const blocked = whyNot('rotate', summary)
  return (
    <>
      {compared && !compared.isEqual && (
        <div className="why tone-warn" role="status">
          <Icon name="g-warning" className="glyph" />
          <p>
            <Prose of={w.differs(compared.differences.length, compared.tool)} />
          </p>
          <ul className="notice-lines">
            {compared.differences.map((one) => (
              <li key={one}>
                <code>{one}</code>
              </li>
            ))}
          </ul>
          <p className="notice-rest">{w.differsHelp}</p>
        </div>
      )}
      {warnings.length > 0 && (
        <div className="why tone-warn" role="status">
          <Icon name="g-warning" className="glyph" />
          <p>
            <strong>{w.warnings(warnings.length)}</strong>
          </p>
          <ul className="notice-lines">
            {warnings.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </div>
      )}
      {functions.length > 0 && (
        <div className="why tone-none calm">
          <Icon name="i-k-secret" className="glyph" />
          <p>
            <Prose of={w.random(functions)} /> {isFresh ? <Prose of={w.randomFresh} /> : w.randomStable}
            {!isFresh && rotated !== undefined && <span className="muted"> {w.rotatedAt(format.inSentence(new Date(rotated)))}</span>}
          </p>
          {!isFresh && (
            <span className="buttons">
              <Button
                small
                icon="i-refresh"
                reason={blocked && words.reasons[blocked]}
                onClick={() => ask({ name: 'rotate', app: { namespace: summary.namespace, name: summary.name } })}
              >
                {w.rotate}
              </Button>
            </span>
          )}
        </div>
      )}
      {compared?.isEqual && (
        <div className="why tone-none calm">
          <Icon name="g-ok" className="glyph tone-ok" />
          <p>
            <Prose of={w.equal(compared.tool, format.took(compared.durationMs))} />
          </p>
        </div>
      )}
    </>
  )
}
