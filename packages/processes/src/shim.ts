/**
 * The whole shim. Constant text: the command arrives as positional parameters and is never interpreted.
 * - It traps signals with a no-op instead of ignoring them, because an ignored signal stays ignored in the command (POSIX, exec).
 *   A trap waits until the command in the foreground has ended, so a SIGTERM to the group reaches the command and leaves the shim waiting.
 * - A SIGTERM that comes before the command is started is remembered: the command is not started, as if the signal had ended it at once.
 * - It writes its own `/proc` line, so that there is no moment in which it runs and nobody could find it again.
 * - At the end it kills what the command left behind in the group, and so itself, as the end of a container does.
 * - Its own errors go nowhere, because a shell reports the signal that ended a command, and that is no output of the command.
 * - It uses builtins only: nothing depends on the PATH of the command.
 * Parameters: state directory, then command and arguments.
 */
export const shimScript = `
PLIMSOLL_SHIM_STATE=$1
shift
exec 3>&2 2>/dev/null
trap : HUP INT QUIT USR1 USR2 PIPE ALRM
PLIMSOLL_SHIM_ENDED=
trap PLIMSOLL_SHIM_ENDED=1 TERM
umask 022
PLIMSOLL_SHIM_STAT=
PLIMSOLL_SHIM_BOOT=
{ IFS= read -r PLIMSOLL_SHIM_STAT < /proc/$$/stat && IFS= read -r PLIMSOLL_SHIM_BOOT < /proc/sys/kernel/random/boot_id; }
printf '%s\\n%s\\n%s\\n' "$$" "$PLIMSOLL_SHIM_STAT" "$PLIMSOLL_SHIM_BOOT" > "$PLIMSOLL_SHIM_STATE/process"
if [ -z "$PLIMSOLL_SHIM_ENDED" ]; then
  (exec 2>&3 3>&-; unset PLIMSOLL_SHIM_STATE PLIMSOLL_SHIM_STAT PLIMSOLL_SHIM_BOOT PLIMSOLL_SHIM_ENDED; exec "$@")
else
  (exit 143)
fi
printf '%s\\n' "$?" > "$PLIMSOLL_SHIM_STATE/exit"
kill -KILL 0
`
