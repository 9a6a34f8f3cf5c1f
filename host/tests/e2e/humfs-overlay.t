#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-overlay - humfs (cache=exclusive) below overlayfs gives what tmpfs there gives:
# index, file handles, redirected directories; mounted as Docker's overlay2 does it
#
# Docker itself does not run here: only its layout and its mount options do.
. "$(dirname "$0")/tap.sh"

need setfattr getfattr
XDG_STATE_HOME=$T/state
export XDG_STATE_HOME
mkdir "$T/state" "$T/x"

cat >"$T/x/index" <<'END'
mkdir lo up wk m; echo one >lo/a; ln lo/a lo/b; mkdir -p lo/d/e; echo x >lo/d/e/f; chown 5:6 lo/d/e/f
options=lowerdir=lo,upperdir=up,workdir=wk,index=on,nfs_export=on,redirect_dir=on
mount -t overlay o m -o $options || exit 1
grep -o 'redirect_dir=on,index=on.*nfs_export=on' /proc/mounts
cd m
echo "- a hard link stays one when it is copied up"
echo more >>a; cat b; stat -c %h a b; stat -c %i a b | uniq | wc -l
echo "- a directory of the lower layer is renamed"
mv d moved; cat moved/e/f; ls; getfattr --only-values -n trusted.overlay.redirect ../up/moved; echo
mkdir d; touch d/new; mv moved/e d/e2; find d moved | sort; stat -c %u:%g d/e2/f
echo "- file handles: of the lower layer, copied up, renamed"
/h/handle make d/e2/f >/tmp/h1; /h/handle make b >/tmp/h2
echo up >>d/e2/f; mv b c
/h/handle open . </tmp/h1; /h/handle open . </tmp/h2
rm d/e2/f; /h/handle open . </tmp/h1 2>&1
cd ..; umount m
echo "- mounted again"
mount -t overlay o m -o $options || exit 1
find m | sort; cat m/a m/c; stat -c %h m/a m/c; /h/handle open m </tmp/h2
rm m/a; stat -c %h m/c; umount m
find wk/index ! -name index -printf '%y %n\n' | sort; getfattr -n trusted.overlay.origin up/c 2>&1 | grep -c origin
echo "- metacopy"
mkdir lo3 up3 wk3; echo data >lo3/big; mount -t overlay o m -o lowerdir=lo3,upperdir=up3,workdir=wk3,metacopy=on,redirect_dir=on || exit 1
chmod 4751 m/big; chown 9 m/big; stat -c '%A %u' m/big; cat m/big; getfattr -n trusted.overlay.metacopy up3/big | grep -c metacopy; echo y >>m/big; cat m/big up3/big; umount m
dmesg | grep -c 'overlayfs: .*\(fall\|fail\|not supported\)'
END
cat >"$T/x/docker" <<'END'
# layers as overlay2 has them: ID/diff, ID/link, l/LINK -> ../ID/diff
mkdir l
layer() { mkdir -p $1/diff $1/work $1/merged; ln -s ../$1/diff l/L$1; echo L$1 >$1/link; }
up() { mount -t overlay overlay -o index=off,"$2",lowerdir=$3,upperdir=$1/diff,workdir=$1/work $1/merged && cd $1/merged; }
down() { cd ../..; umount $1/merged; }
layer a; cd a/diff; mkdir -p etc usr/bin tmp gone/deep keep; echo v1 >etc/conf; echo p >usr/bin/p; chmod 4755 usr/bin/p
echo x >gone/deep/f; echo k >keep/k; ln -s ../etc/conf usr/link; mknod null c 1 3; chmod 1777 tmp; cd ../..
layer b; up b redirect_dir=off l/La || exit 1
rm -r gone; echo v2 >etc/conf; mkdir keep2; mv keep/k keep2/k; rmdir keep; mkdir keep; echo again >keep/again
mv usr/bin usr/sbin 2>&1; touch etc/new; setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 usr/sbin/p
find . | sort; down b
echo "- whiteouts, opaque directories"
find b/diff -printf '%P %y %m\n' | sort; getfattr --only-values -n trusted.overlay.opaque b/diff/keep; echo
echo "- a third layer over them"
layer c; up c redirect_dir=off l/Lb:l/La || exit 1
find . | sort; cat etc/conf usr/link; stat -c '%A %u' usr/sbin/p; getcap usr/sbin/p; ls gone 2>&1; mkdir gone; ls -A gone; echo z >gone/z; rm keep/again etc/conf
down c
layer d; up d metacopy=off l/Lc:l/Lb:l/La || exit 1
find . | sort; stat -c %t:%T null; cat gone/z keep2/k; ls -A keep
echo "- whiteouts inside a layer (a container that unpacks an image)"
mkdir in; mknod in/w c 0 0 2>&1; setfattr -n trusted.overlay.opaque -v y in 2>&1; stat -c '%n %F' in in/* 2>&1
getfattr -m trusted.overlay --only-values in 2>&1 | tr -d '\0'; echo
down d
getfattr -dm trusted.overlay d/diff/in 2>&1 | grep -c 'overlay\.overlay'
echo "- userxattr"
mkdir u; for n in lo up wk m; do mkdir u/$n; done; echo 1 >u/lo/f; mkdir u/lo/d; touch u/lo/d/x
mount -t overlay o u/m -o lowerdir=u/lo,upperdir=u/up,workdir=u/wk,userxattr && { rm -r u/m/d; mkdir u/m/d; rm u/m/f; ls -A u/m u/m/d; umount u/m; }
stat -c '%F' u/up/f; getfattr --only-values -n user.overlay.opaque u/up/d; echo
echo "- volatile"
mount -t overlay o u/m -o lowerdir=u/lo,upperdir=u/up,workdir=u/wk,userxattr,volatile && { touch u/m/v; umount u/m; ls u/wk/work; }
END
for script in index docker; do
	for meta in tmpfs xattr side; do
		mkdir "$T/s"
		case $meta in
		tmpfs) mount='mount -t tmpfs none /s' ;;
		*) mount=true ;;
		esac
		run -u root -v "$T/s:/s:humfs,owner=0:0,cache=exclusive,meta=${meta#tmpfs}$([ $meta != tmpfs ] || echo auto)" \
			-v "$HUM_HELPERS:/h:ro" -v "$T/x:/x:ro" -w / -- \
			sh -c "export PATH=\$PATH:/usr/sbin:/sbin; $mount && cd /s && . /x/$script"
		if [ $meta = tmpfs ]; then
			cp "$T/out" "$T/$script.tmpfs"
			cp "$T/err" "$T/$script.err"
			ok "$script: on tmpfs it goes to its end" grep -q -e '^- volatile$' -e '^- metacopy$' "$T/out"
		else
			ok "$script, $meta: as on tmpfs" diff "$T/$script.tmpfs" "$T/out"
			ok "$script, $meta: the same errors" diff "$T/$script.err" "$T/err"
		fi
		rm -rf "$T/s"
	done
done
tap_end
