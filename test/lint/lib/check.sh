# check DESCRIPTION COMMAND...: a TAP line; the command passes when it prints nothing
checks=0
check() {
	local complaint description=$1
	shift
	checks=$((checks + 1))
	complaint=$("$@" 2>&1)
	if [ -z "$complaint" ]; then
		echo "ok $checks - $description"
	else
		echo "not ok $checks - $description"
		sed 's/^/# /' <<<"$complaint" >&2
	fi
}
