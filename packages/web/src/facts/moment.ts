export { toDate, toMs } from '@plimsoll/api'
