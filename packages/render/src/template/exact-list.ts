/**
 * The list with one more item, in no more memory than it needs as long as it is short, as nearly all lists of a tree are: V8 gives an array that is
 * pushed to room for sixteen more, and that is most of what a tree would take. The list itself may be changed: use what comes out.
 */
export function withItem<Item>(list: Item[], item: Item): Item[] {
  // As many as there are by the length.
  switch (list.length) {
    case 0:
      return [item]
    case 1:
      return [list[0]!, item]
    case 2:
      return [list[0]!, list[1]!, item]
    case 3:
      return [list[0]!, list[1]!, list[2]!, item]
    default:
      list.push(item)
      return list
  }
}

/** The list as it is once nothing more is added: without the room that pushing gave it. */
export function trimmed<Item>(list: Item[]): Item[] {
  return list.length > 4 ? list.slice() : list
}

/** For lists of nothing, of which there need be but one: nobody pushes to a list that `withItem` has not made. */
export const noItems: never[] = []
