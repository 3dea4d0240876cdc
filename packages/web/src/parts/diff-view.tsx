import { useMemo, useState } from 'react'
import { diffLines, foldSame, sideBySide, type DiffLine } from '../facts/diff-lines.ts'
import { useWords } from '../words/index.tsx'
import { Icon } from './icon.tsx'
import { YamlLine } from './yaml-line.tsx'

/** What changes from one text to the other. What is the same is folded and opens by a press. */
export function DiffView({ before, after, split, label }: { before: string; after: string; split: boolean; label: string }) {
  const blocks = useMemo(() => foldSame(diffLines(before, after)), [before, after])
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  return (
    <div className="diff-scroll" tabIndex={0}>
      <table className={split ? 'diff split' : 'diff'} aria-label={label}>
        <tbody>
          {blocks.map((block, index) =>
            block.kind === 'fold' && !opened.has(index) ? (
              <Fold key={index} count={block.lines.length} onOpen={() => setOpened((one) => new Set([...one, index]))} />
            ) : split ? (
              sideBySide(block.lines).map((row, at) => <SplitRow key={`${index}.${at}`} {...row} />)
            ) : (
              block.lines.map((line, at) => <UnifiedRow key={`${index}.${at}`} line={line} />)
            ),
          )}
        </tbody>
      </table>
    </div>
  )
}

function Fold({ count, onOpen }: { count: number; onOpen: () => void }) {
  const words = useWords()
  return (
    <tr className="fold">
      <td colSpan={4}>
        <button type="button" onClick={onOpen}>
          <Icon name="i-down" />
          {words.inspector.unchanged(count)}
        </button>
      </td>
    </tr>
  )
}

function UnifiedRow({ line }: { line: DiffLine }) {
  return (
    <tr className={line.kind === 'same' ? undefined : line.kind}>
      <td className="ln">{line.left}</td>
      <td className="ln">{line.right}</td>
      <td className="sign">{line.kind === 'del' ? '−' : line.kind === 'add' ? '+' : ''}</td>
      <td className="code">
        <YamlLine text={line.text} mark={line.mark} />
      </td>
    </tr>
  )
}

function SplitRow({ left, right }: { left: DiffLine | undefined; right: DiffLine | undefined }) {
  const side = (line: DiffLine | undefined, number: number | undefined, kind: 'del' | 'add') => {
    const look = line === undefined ? 'void' : line.kind === 'same' ? '' : kind
    return (
      <>
        <td className={`ln ${look}`}>{number}</td>
        <td className={`code ${look}`} title={line?.text}>
          {line && <YamlLine text={line.text} mark={line.mark} />}
        </td>
      </>
    )
  }
  return (
    <tr>
      {side(left, left?.left, 'del')}
      {side(right, right?.right, 'add')}
    </tr>
  )
}
