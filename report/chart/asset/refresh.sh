#!/bin/sh
# Fetches the chart library again: ./refresh.sh [version]
# Needs npm, with whatever registry it is set up for. Writes the minified file,
# its licences and its checksum beside this script.
set -eu
version=${1:-6.1.0}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
npm pack --silent "echarts@$version" >/dev/null
tar xzf "echarts-$version.tgz"
cp package/dist/echarts.min.js package/LICENSE package/NOTICE package/licenses/LICENSE-d3 "$here/"
cd "$here"
echo "$version" >VERSION
sha256sum echarts.min.js >echarts.min.js.sha256
