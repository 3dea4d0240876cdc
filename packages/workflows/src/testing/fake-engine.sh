#!/bin/sh
# Answers as Docker or Podman would, and runs nothing but steps, on this machine. Beside it are its settings, files of lines:
# `settings` (NAME=VALUE), `images` (those that are there), `health` (what the health check says next), `fails` (VERB=MESSAGE).
folder=${0%/*}
. "$folder/settings"
objects=$folder/objects

number=1000
while [ -e "$folder/calls/$number" ] || ! mkdir "$folder/calls/$number" 2> /dev/null; do number=$((number + 1)); done
call=$folder/calls/$number
printf '%s\0' "$@" > "$call/argv"
cat "/proc/$$/environ" > "$call/env"

if [ "$1" = --config ]; then
  cp "$2/config.json" "$call/credentials"
  shift 2
fi
words= bind= last=
for word do
  case $word in
    --env-file=*) cp "${word#*=}" "$call/variables" ;;
    --authfile=*) cp "${word#*=}" "$call/credentials" ;;
    --filter=label=*) label=${word#*=*=} ;;
    -*) ;;
    *) words="$words $word"; last=$word ;;
  esac
done
words=${words# }
verb=${words%% *}
two=${words#* }; two="$verb ${two%% *}"

for failing in "$verb" "$two"; do
  message=$(sed -n "s/^$failing=//p" "$folder/fails")
  [ -n "$message" ] && { echo "Error: $message" >&2; exit 125; }
done

make() {
  type=$1 name=$2
  shift 2
  for option do case $option in --label=*) echo "${option#*=}" ;; esac; done > "$objects/$type-$name"
}
list() { for object in "$objects/$1-"*; do [ -e "$object" ] && grep -qFx "$label" "$object" && echo "${object##*/$1-}"; done; }
remove() {
  type=$1
  for name in $2; do rm -f "$objects/$type-$name"; done
}
rest() { echo "$words" | cut -d ' ' -f "$1-"; }

case $verb in network | volume | image | healthcheck) verb=$two ;; esac
case $verb in
  version)
    if [ "$kind" = podman ]; then echo '{"Client": {"APIVersion": "5.0", "Version": "5.0.0"}}'
    elif [ "$server" = none ]; then echo '{"Client": {"ApiVersion": "1.45", "Version": "27.0"}, "Server": null}'
    else echo "{\"Client\": {\"ApiVersion\": \"1.45\", \"Version\": \"27.0\"}, \"Server\": {\"Version\": \"27.0\", \"Components\": [{\"Name\": \"$server\"}]}}"
    fi ;;
  info)
    if [ "$kind" = podman ]; then echo "{\"host\": {\"cgroupControllers\": [\"memory\", \"pids\"], \"security\": {\"rootless\": $rootless}}}"
    else
      [ "$rootless" = true ] && more=', "name=rootless"'
      echo "{\"SecurityOptions\": [\"name=seccomp\"$more], \"MemoryLimit\": true, \"PidsLimit\": true}"
    fi ;;
  context) echo unix:///run/fake.sock ;;
  'image inspect') grep -qFx "$last" "$folder/images" || exit 1 ;;
  create)
    make container "c$$" "$@"
    for option do case $option in --volume=*) echo "${option#*=}" ;; esac; done > "$folder/binds-c$$"
    echo "c$$" ;;
  run)
    for option do case $option in --name=*) export CONTAINER="$folder/run-${option#*=}" ;; esac; done
    while ! grep -qFx -e "$1" "$folder/images"; do [ $# -gt 1 ] || exec true; shift; done
    shift
    exec sh "$folder/run" "$@" ;;
  build) cat > "$folder/context.tar"; make image "i$$" "$@" ;;
  'network create') make network "$last" "$@" ;;
  'volume create') make volume "$last" "$@" ;;
  'volume inspect') [ -e "$objects/volume-$last" ] || exit 1 ;;
  ps) list container ;;
  'network ls') list network ;;
  'volume ls') list volume ;;
  images) list image ;;
  rm) remove container "$(rest 2)" ;;
  'network rm') remove network "$(rest 3)" ;;
  'volume rm') remove volume "$(rest 3)" ;;
  rmi) remove image "$(rest 2)" ;;
  kill)
    # Only what has said that it is there.
    for option do case $option in --signal=SIG*) signal=${option#*=SIG} ;; esac; done
    kill -s "$signal" "$(cat "$folder/run-$last")" 2> /dev/null || exit 1 ;;
  logs) echo 'what the service said' ;;
  inspect)
    said=$(head -n 1 "$folder/health")
    [ "$(wc -l < "$folder/health")" -gt 1 ] && sed -i 1d "$folder/health"
    for object in "$objects/network-"*; do network=${object##*/network-}; done
    [ -n "$said" ] && state=", \"Health\": {\"Status\": \"$said\"}" config='"Healthcheck": {"Test": ["CMD", "true"], "Interval": 1000000}'
    echo "[{\"State\": {\"Running\": true$state}, \"Config\": {$config}, \"NetworkSettings\": {
      \"Ports\": {\"5432/tcp\": [{\"HostIp\": \"127.0.0.1\", \"HostPort\": \"40001\"}]}, \"Networks\": {\"$network\": {\"IPAddress\": \"10.1.2.3\"}}}}]" ;;
  exec)
    shift
    [ "$1" = --interactive ] && shift
    container=$1
    shift
    # Where the container has its folders, this machine has them elsewhere.
    count=$#
    while [ "$count" -gt 0 ]; do
      word=$1 longest=
      shift
      while IFS=: read -r from to _; do
        case $word in "$to" | "$to"/*) [ ${#to} -gt ${#longest} ] && longest=$to place=$from ;; esac
      done < "$folder/binds-$container"
      [ -n "$longest" ] && word=$place${word#"$longest"}
      set -- "$@" "$word"
      count=$((count - 1))
    done
    exec "$@" ;;
esac
