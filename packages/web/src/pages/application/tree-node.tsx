import { memo, type CSSProperties } from 'react'
import { healthLook, syncLook } from '../../facts/tone.ts'
import { iconOf } from '../../facts/kind.ts'
import type { Place } from '../../graph/layout.ts'
import { rootId, shortName, type ResourceGraph } from '../../graph/resource-graph.ts'
import type { ShownNode } from '../../graph/shown-tree.ts'
import { Glyph, Icon } from '../../parts/icon.tsx'
import { useWords } from '../../words/index.tsx'
import { nodeLine } from './node-line.ts'

interface TreeNodeProps {
  shown: ShownNode
  graph: ResourceGraph
  place: Place | undefined
  isSelected: boolean
  isTabStop: boolean
  outOfSync: number
  objects: number
  onSelect: (id: string) => void
  onFold: (one: ShownNode) => void
  onFocus: (id: string) => void
}

/** One object: in the graph at its place, in the list one below the other. */
export const TreeNode = memo(function TreeNode({
  shown,
  graph,
  place,
  isSelected,
  isTabStop,
  outOfSync,
  objects,
  onSelect,
  onFold,
  onFocus,
}: TreeNodeProps) {
  const words = useWords()
  const { node, folded } = shown
  const isRoot = node.id === rootId
  const line = nodeLine(shown, words, outOfSync, objects)
  const name = folded
    ? { isCut: false, text: shown.isOldRevisions ? words.tree.foldedOld(folded.length) : words.tree.folded(folded.length, node.kind) }
    : isRoot
      ? { isCut: false, text: words.tree.application }
      : shortName(node, graph)
  const label = folded ? name.text : words.tree.label({ kind: node.kind, name: node.name, health: node.health, sync: node.sync, line })
  const style = {
    '--depth': shown.depth,
    ...(place && { '--x': `${Math.round(place.x)}px`, '--y': `${Math.round(place.y)}px`, '--w': `${Math.round(place.width)}px` }),
  } as CSSProperties
  return (
    <div
      className={`node${isRoot ? ' root' : ''}${folded ? ' folded-node' : ''}${node.isMissing && !folded ? ' ghost' : ''}`}
      role="treeitem"
      data-node={shown.id}
      aria-level={shown.depth + 1}
      aria-posinset={shown.position}
      aria-setsize={shown.siblings}
      aria-expanded={folded ? false : shown.isExpanded}
      aria-selected={isSelected}
      aria-label={label}
      title={folded ? name.text : `${node.kind} ${node.name}${node.healthMessage ? `\n${node.healthMessage}` : ''}`}
      tabIndex={isTabStop ? 0 : -1}
      style={style}
      onFocus={() => onFocus(shown.id)}
      onClick={() => (folded ? onFold(shown) : onSelect(shown.id))}
    >
      <Icon name={folded ? 'i-plus' : iconOf(node.kind)} className={isRoot ? 'kind mark' : 'kind'} />
      <span className="node-text">
        <span className="node-name">
          {name.isCut && <i>…</i>}
          {name.text}
        </span>
        <span className="node-line">
          {line}
          {node.simulated !== undefined && (
            <span className="tag dashed" title={words.tree.simulatedTitle}>
              {words.tree.simulated}
            </span>
          )}
        </span>
      </span>
      {!folded && (
        <span className="node-state">
          {node.health && <Glyph look={healthLook[node.health]} />}
          {node.sync && <Glyph look={syncLook[node.sync]} />}
        </span>
      )}
      {shown.isExpanded !== undefined && !isRoot && (
        <button
          type="button"
          className="twist"
          tabIndex={-1}
          aria-hidden="true"
          title={shown.isExpanded ? words.tree.fold : words.tree.hidden(shown.hidden)}
          onClick={(event) => {
            event.stopPropagation()
            onFold(shown)
          }}
        >
          {shown.isExpanded ? <Icon name="i-right" /> : <span className="num">{shown.hidden}</span>}
        </button>
      )}
    </div>
  )
})
