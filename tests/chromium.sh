# The browser tests want Chromium, the deployment tests nginx: install them where we may, else say what is skipped.
missing=""
command -v chromium >/dev/null 2>&1 || missing="chromium"
command -v nginx >/dev/null 2>&1 || missing="$missing nginx-light"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends $missing fonts-liberation >/dev/null && exit 0
fi
echo "Absent :$missing. Les tests du navigateur et du serveur frontal sont sautés."
