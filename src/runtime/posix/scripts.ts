/**
 * Scripts for POSIX sh (dash, BusyBox ash, bash). Paths come as positional arguments and are absolute, so that none is ever an
 * option. `stat -c` is not POSIX, but GNU and BusyBox both have it.
 */

/** Goes to the folder `$1`. What cd says of a failure differs from shell to shell; stat says what the system does. */
const enter = `cd -P -- "$1" 2>/dev/null || {
  stat -c %f -- "$1/" >/dev/null && echo 'cd: Permission denied' >&2
  exit 1
}`;

/** `$1`: path. Prints `mode size mtime\n`, then, for a symlink, its target as it is. */
const stat = `facts=$(stat -c '%f %s %Y' -- "$1") || exit
printf '%s\\n' "$facts"
[ ! -L "$1" ] || readlink -n -- "$1"`;

/**
 * `$1`: folder, `$2`: a mark that nobody can foresee. Prints `mode size mtime ./name/./name -> target` and the mark for each
 * entry; a name holds no slash, so it ends at the next one. QUOTING_STYLE makes GNU stat write the target unescaped, as BusyBox
 * does. The entries go to stat in groups, as their number has no bound. What vanishes meanwhile is left out.
 */
const list = `${enter}
[ -r . ] || { echo 'read: Permission denied' >&2; exit 1; }
export QUOTING_STYLE=literal
format="%f %s %Y %n/%N$2"
facts() {
  stat -c "$format" -- "$@" 2>/dev/null || [ $? -eq 1 ] || { echo 'stat: not found' >&2; exit 127; }
}
set --
for name in * .[!.]* ..?*; do
  [ -e "./$name" ] || [ -L "./$name" ] || continue
  set -- "$@" "./$name"
  [ $# -lt 128 ] || { facts "$@"; set --; }
done
[ $# -eq 0 ] || facts "$@"`;

/** `$1`: path. */
const makeDirectory = `mkdir -p -- "$1"`;

/**
 * `$1`: from, `$2`: to. mv would move into a folder that stands at the target, so that is refused; a symlink that stands there is
 * replaced, as rename(2) does. Where it leads to a folder, BusyBox refuses even with -T, and the link is removed first.
 */
const rename = `[ -e "$1" ] || [ -L "$1" ] || { stat -c %f -- "$1" >/dev/null; exit 1; }
[ "$1" != "$2" ] || exit 0
if [ -d "$1" ] && [ ! -L "$1" ] && { [ -e "$2" ] || [ -L "$2" ]; }; then echo 'mv: File exists' >&2; exit 1; fi
[ -d "$2" ] || exec mv -f -- "$1" "$2"
[ -L "$2" ] || { echo 'mv: Is a directory' >&2; exit 1; }
said=$(mv -fT -- "$1" "$2" 2>&1) && exit
case $said in *' is a directory') ;; *) printf '%s\n' "$said" >&2; exit 1 ;; esac
rm -f -- "$2" && exec mv -f -- "$1" "$2"`;

/** `$1`: path. */
const remove = `if [ -d "$1" ] && [ ! -L "$1" ]; then exec rmdir -- "$1"; fi
[ -e "$1" ] || [ -L "$1" ] || { stat -c %f -- "$1" >/dev/null; exit 1; }
exec rm -f -- "$1"`;

/** `$1`: path. */
const removeTree = `[ -e "$1" ] || [ -L "$1" ] || { stat -c %f -- "$1" >/dev/null; exit 1; }
exec rm -rf -- "$1"`;

/** `$1`: folder, `$2`: name of the file that comes, or nothing. tar itself would silently replace an empty folder by a file. */
const tarIn = `${enter}
if [ -n "$2" ] && [ -d "./$2" ] && [ ! -L "./$2" ]; then echo 'tar: Is a directory' >&2; exit 1; fi
exec tar -xpof -`;

/**
 * `$1`: path, `$2`: its folder, `$3`: its base name. GNU tar reads escapes such as `\n` in the names it is given, unless it is told
 * not to by an option that others do not know.
 */
const tarOut = `stat -c %f -- "$1" >/dev/null && cd -P -- "$2" || exit 1
case $3 in *\\\\*)
  case $(tar --version 2>/dev/null) in *'GNU tar'*) exec tar -cf - --no-unquote -- "$3" ;; esac ;;
esac
exec tar -cf - -- "$3"`;

/** `$1`: path. */
const append = `cat >> "$1"`;

/** `$1`: path, `$2`: mode in octal. */
const write = `cat > "$1" && chmod "$2" "$1"`;

/** What is run in a sandbox for file operations. */
export const posixScripts = {
  stat,
  list,
  makeDirectory,
  rename,
  remove,
  removeTree,
  tarIn,
  tarOut,
  append,
  write,
} as const;
