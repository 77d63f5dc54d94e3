/** One short script for each shell: it asks `airlock` what fits, and hands the answer on in the shell's own way. */
import type { SHELLS } from './value-sources.ts';

/** The hidden command that the scripts call. */
export const ASK = '__complete';

// Readline also cuts words at = and :, so the script joins the line again and cuts each answer where readline did.
const bash = `# bash completion for airlock: source this, or put it in ~/.local/share/bash-completion/completions/airlock
_airlock() {
  local rest=\${COMP_LINE:0:COMP_POINT} program=\${COMP_WORDS[0]/#\\~\\//$HOME/} kind= breaks= cut= blank word line i
  local -a words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blank=\${rest%%[![:space:]]*}
    rest=\${rest#"$blank"}
    word=\${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && word=$rest
    if ((i == 0)) || [[ -n $blank ]]; then words+=("$word"); else words[\${#words[@]}-1]+=$word; fi
    rest=\${rest#"$word"}
  done
  word=\${words[\${#words[@]}-1]}
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
  [[ -n $breaks && $word == *[$breaks]* ]] && cut=\${word%"\${word##*[$breaks]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; continue; fi
    line=\${line%%$'\\t'*}
    [[ $line == *[=.] ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("\${line#"$cut"}")
  done < <("$program" ${ASK} "\${words[@]:1}" 2>/dev/null)
  # Where files are wanted nothing is answered, and readline lists them itself.
  case $kind in
    words) compopt +o default 2>/dev/null ;;
    folders) compopt -o dirnames 2>/dev/null ;;
  esac
}
complete -o default -F _airlock airlock
`;

const zsh = `#compdef airlock
# zsh completion for airlock: save this as _airlock in a folder of $fpath, or source it after compinit
_airlock() {
  local -a answer fits shown open openshown
  local line word text
  answer=("\${(@f)$("\${~\${(Q)words[1]}}" ${ASK} "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  case $answer[1] in
    files|folders)
      [[ $PREFIX == --*=* ]] && compset -P 1 '*='
      if [[ $answer[1] == folders ]]; then _files -/; else _files; fi
      return ;;
  esac
  for line in "\${(@)answer[2,-1]}"; do
    word=\${line%%$'\\t'*} text=\${line#*$'\\t'}
    [[ -n $text ]] && text="$word  -- $text" || text=$word
    if [[ $word == *[=.] ]]; then open+=("$word") openshown+=("$text"); else fits+=("$word") shown+=("$text"); fi
  done
  (( $#fits )) && compadd -l -d shown -- "\${(@)fits}"
  (( $#open )) && compadd -S '' -l -d openshown -- "\${(@)open}"
}
# Works both when it is loaded from $fpath and when it is sourced.
if [ "$funcstack[1]" = "_airlock" ]; then _airlock "$@"; else compdef _airlock airlock; fi
`;

const fish = `# fish completion for airlock: save this as ~/.config/fish/completions/airlock.fish
function __airlock_ask
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -e words[1]
    set -l current (commandline -ct)
    set -g __airlock_answer ($program ${ASK} $words "$current" 2>/dev/null)
    test "$__airlock_answer[1]" = words
end
function __airlock_words
    set -e __airlock_answer[1]
    printf '%s\\n' $__airlock_answer
end
complete -e -c airlock
# Where files are wanted the condition fails, and fish lists them itself.
complete -c airlock -n __airlock_ask -f -a '(__airlock_words)'
`;

export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = { bash, zsh, fish };
