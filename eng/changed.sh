# Sourced in the root of the checkout, by ccr and eng/test.sh.

# changed STAMP: is any source newer than the stamp? Folders count too, so that a deleted file is noticed.
changed() {
  [ -f "$1" ] || return 0
  [ -n "$(find src asn1 bench samples tests eng Ccr.sln Directory.* global.json -newer "$1" 2>/dev/null |
    head -n 1)" ]
}
