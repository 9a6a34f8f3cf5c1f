// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_shadow_move - renames: the object, and then its mirrors, as the note says
 *
 * The note has the inode numbers of what is in the mirrors. So what is to be done
 * can be told from what is there, any number of times: a mirror that is not where
 * it was before has been moved already.
 */
#include "meta_shadow.h"

#include <sys/uio.h>

#define NOTE_MAX	65536	/* bytes of one that is a file */

/* Both paths of a move, to be altered. */
struct move_paths {
	char *from, *to;
};

/* --- the mirrors -------------------------------------------------------- */

static int rename_mirror(struct hmeta_shadow *shadow, enum hmeta_part part,
			 char *from, char *to, uint32_t flags)
{
	const char *from_name, *to_name;
	int from_fd, to_fd, error;

	error = hmeta_shadow_parents(shadow, part, to);
	if (error)
		return error;
	from_fd = hmeta_shadow_parent(shadow->parts[part], from, &from_name);
	if (from_fd < 0)
		return from_fd;
	to_fd = hmeta_shadow_parent(shadow->parts[part], to, &to_name);
	error = to_fd < 0 ? to_fd :
		HOST_CALL(OTHER, syscall(SYS_renameat2, from_fd, from_name,
					 to_fd, to_name, flags));
	host_close_fd(from_fd);
	if (to_fd >= 0)
		host_close_fd(to_fd);
	return error;
}

static int apply_rename(struct hmeta_shadow *shadow, enum hmeta_part part,
			uint64_t from, uint64_t to,
			const struct move_paths *paths)
{
	struct host_attr now_from, now_to;
	int error = hmeta_shadow_look(shadow->parts[part], paths->from,
				      &now_from);

	if (error == 0)
		error = hmeta_shadow_look(shadow->parts[part], paths->to,
					  &now_to);
	if (error)
		return error;
	if (from && now_from.id.ino == from) {
		/* Two names of one line: rename(2) would leave both. */
		if (now_to.id.ino == from)
			return hmeta_shadow_discard(shadow, part, paths->from);
		/* A line takes a line's place; all else makes way first. */
		if (now_to.id.ino && (S_ISDIR(now_to.mode) ||
				      S_ISDIR(now_from.mode)))
			error = hmeta_shadow_discard(shadow, part, paths->to);
		return error ? error :
		       rename_mirror(shadow, part, paths->from, paths->to, 0);
	}
	/* What is moved had none: what it replaces is not to be its own. */
	if (!from && to && now_to.id.ino == to)
		return hmeta_shadow_discard(shadow, part, paths->to);
	return 0;
}

static int apply_exchange(struct hmeta_shadow *shadow, enum hmeta_part part,
			  uint64_t from, uint64_t to,
			  const struct move_paths *paths)
{
	struct host_attr now_from, now_to;
	int error = hmeta_shadow_look(shadow->parts[part], paths->from,
				      &now_from);

	if (error == 0)
		error = hmeta_shadow_look(shadow->parts[part], paths->to,
					  &now_to);
	if (error)
		return error;
	if (from && to)
		return now_from.id.ino != from ? 0 :
		       rename_mirror(shadow, part, paths->from, paths->to,
				     RENAME_EXCHANGE);
	if (from)
		return now_from.id.ino != from ? 0 :
		       rename_mirror(shadow, part, paths->from, paths->to, 0);
	if (to)
		return now_to.id.ino != to ? 0 :
		       rename_mirror(shadow, part, paths->to, paths->from, 0);
	return 0;
}

static int apply(struct hmeta_shadow *shadow, const struct hmeta_move *move,
		 const struct move_paths *paths)
{
	static const enum hmeta_part parts[HMETA_MIRRORS] = {
		[HMETA_MIRROR_FILES] = HMETA_FILES,
		[HMETA_MIRROR_DIRS]  = HMETA_DIRS,
	};
	int error = 0;

	for (int i = 0; i < HMETA_MIRRORS && error == 0; i++)
		error = (move->kind == HMETA_EXCHANGE ? apply_exchange :
			 apply_rename)(shadow, parts[i], move->mirror[i].from,
				       move->mirror[i].to, paths);
	return error;
}

/* It has moved, or perhaps it has, though something failed. */
static int end_move(struct hmeta_shadow *shadow, const struct hmeta_move *move,
		    const struct move_paths *paths, bool moved)
{
	struct host_attr attr;
	int error = moved ? 0 :
		    hmeta_shadow_look(shadow->parts[HMETA_DATA], paths->to,
				      &attr);

	if (error || (!moved && attr.id.ino != move->ino))
		return error;
	return apply(shadow, move, paths);
}

/* --- the note ----------------------------------------------------------- */

/* A link, if the host has so long ones; else a file. */
static int note_write(struct hmeta_shadow *shadow, const struct hmeta_move *move)
{
	char *text = malloc(HMETA_MOVE_HEAD + move->from_length +
			    move->to_length);
	size_t length;
	int error;

	if (!text)
		return -ENOMEM;
	length = hmeta_move_print(move, text);
	error = HOST_CALL(OTHER, symlinkat(text, shadow->fd,
					   HMETA_SHADOW_MOVE));
	if (error == -ENAMETOOLONG)
		error = length > NOTE_MAX ? -ENAMETOOLONG :
			hmeta_shadow_put_file(shadow, text, length, shadow->fd,
					      HMETA_SHADOW_MOVE);
	free(text);
	return error;
}

static int note_remove(struct hmeta_shadow *shadow)
{
	return HOST_CALL(OTHER, unlinkat(shadow->fd, HMETA_SHADOW_MOVE, 0));
}

static int64_t note_read_file(struct hmeta_shadow *shadow, char *text)
{
	struct iovec iov = { text, NOTE_MAX };
	int64_t length;
	int fd = HOST_OPEN(openat(shadow->fd, HMETA_SHADOW_MOVE, O_RDONLY |
				  O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));

	if (fd < 0)
		return fd;
	length = HOST_CALL(READ, preadv2(fd, &iov, 1, 0, 0));
	host_close_fd(fd);
	return length;
}

static int note_end(struct hmeta_shadow *shadow, const struct hmeta_move *move)
{
	struct move_paths paths = {
		malloc(move->from_length + sizeof(HMETA_SHADOW_LINE) + 1),
		malloc(move->to_length + sizeof(HMETA_SHADOW_LINE) + 1),
	};
	int error = paths.from && paths.to ? 0 : -ENOMEM;

	if (error == 0) {
		memcpy(paths.from, move->from, move->from_length);
		paths.from[move->from_length] = '\0';
		memcpy(paths.to, move->to, move->to_length);
		paths.to[move->to_length] = '\0';
		error = end_move(shadow, move, &paths, false);
	}
	free(paths.from);
	free(paths.to);
	return error;
}

bool hmeta_shadow_noted(struct hmeta_shadow *shadow)
{
	char byte;

	return HOST_CALL(OTHER, readlinkat(shadow->fd, HMETA_SHADOW_MOVE, &byte,
					   1)) != -ENOENT;
}

int hmeta_shadow_recover(struct hmeta_shadow *shadow)
{
	struct hmeta_move move;
	char *text;
	int64_t length;
	int error;

	if (!hmeta_shadow_noted(shadow))
		return 0;
	text = malloc(NOTE_MAX);
	if (!text)
		return -ENOMEM;
	length = HOST_CALL(OTHER, readlinkat(shadow->fd, HMETA_SHADOW_MOVE,
					     text, NOTE_MAX));
	if (length == -EINVAL)
		length = note_read_file(shadow, text);
	error = length < 0 ? (int)length :
		hmeta_move_parse(text, length, &move) ? -EIO :
		note_end(shadow, &move);
	free(text);
	return error ? error : note_remove(shadow);
}

/* --- renaming ----------------------------------------------------------- */

/* What is in the mirrors now. Directories have one in each. */
static int look_mirrors(struct hmeta_shadow *shadow,
			const struct move_paths *paths, bool from_dir,
			bool to_dir, struct hmeta_move *move)
{
	struct host_attr files[2], dirs[2] = { { .mode = 0 }, { .mode = 0 } };
	int error = hmeta_shadow_look(shadow->parts[HMETA_FILES], paths->from,
				      &files[0]);

	if (error == 0)
		error = hmeta_shadow_look(shadow->parts[HMETA_FILES], paths->to,
					  &files[1]);
	if (error == 0 && from_dir)
		error = hmeta_shadow_look(shadow->parts[HMETA_DIRS],
					  paths->from, &dirs[0]);
	if (error == 0 && (from_dir || to_dir))
		error = hmeta_shadow_look(shadow->parts[HMETA_DIRS], paths->to,
					  &dirs[1]);
	move->mirror[HMETA_MIRROR_FILES].from = files[0].id.ino;
	move->mirror[HMETA_MIRROR_FILES].to = files[1].id.ino;
	move->mirror[HMETA_MIRROR_DIRS].from = dirs[0].id.ino;
	move->mirror[HMETA_MIRROR_DIRS].to = dirs[1].id.ino;
	return error;
}

/* A directory's mirror comes where the line of another may be. */
static int clear_places(struct hmeta_shadow *shadow,
			const struct move_paths *paths, bool from_dir,
			bool to_dir, bool exchange)
{
	int error = 0;

	if (from_dir)
		error = hmeta_shadow_make_way(shadow, paths->to);
	if (error == 0 && exchange && to_dir)
		error = hmeta_shadow_make_way(shadow, paths->from);
	return error;
}

static int move_all(struct hmeta_shadow *shadow,
		    const struct hmeta_change *change,
		    const struct move_paths *paths, uint32_t flags)
{
	struct hmeta_move move = {
		.kind = flags & HOST_EXCHANGE ? HMETA_EXCHANGE : HMETA_MOVE,
		.from = paths->from, .from_length = strlen(paths->from),
		.to = paths->to, .to_length = strlen(paths->to),
	};
	struct host_attr from, to;
	int error = hmeta_shadow_look(shadow->parts[HMETA_DATA], paths->from,
				      &from);

	if (error == 0)
		error = hmeta_shadow_look(shadow->parts[HMETA_DATA], paths->to,
					  &to);
	if (error)
		return error;
	/* It will not be done, or is nothing: two names of one object. */
	if (!from.id.ino || (to.id.ino && (flags & HOST_NOREPLACE)) ||
	    host_id_equal(&from.id, &to.id))
		return change->run(change->context);
	move.ino = from.id.ino;
	error = clear_places(shadow, paths, S_ISDIR(from.mode),
			     S_ISDIR(to.mode), flags & HOST_EXCHANGE);
	if (error == 0)
		error = look_mirrors(shadow, paths, S_ISDIR(from.mode),
				     S_ISDIR(to.mode), &move);
	if (error == 0)
		error = note_write(shadow, &move);
	if (error)
		return error;
	error = change->run(change->context);
	/* What fails from here on is done by the next who takes the lock. */
	if (end_move(shadow, &move, paths, error == 0) || note_remove(shadow))
		atomic_store(&shadow->recovered, false);
	return error;
}

int hmeta_shadow_rename(struct hmeta_store *store,
			const struct hmeta_change *change,
			struct host_node *dir, const char *name, uint32_t flags)
{
	struct hmeta_shadow *shadow = (struct hmeta_shadow *)store;
	struct move_paths paths = { NULL, NULL };
	int error = host_name_check(change->name);

	if (error == 0)
		error = host_name_check(name);
	if (error == 0 && !shadow->writable)
		error = -EROFS;
	if (error == 0)
		error = hmeta_shadow_lock(shadow);
	if (error)
		return error;
	error = hmeta_shadow_place(shadow, change->dir, change->name,
				   &paths.from);
	if (error == 0)
		error = hmeta_shadow_place(shadow, dir, name, &paths.to);
	if (error == 0)
		error = move_all(shadow, change, &paths, flags);
	free(paths.from);
	free(paths.to);
	hmeta_shadow_unlock(shadow);
	return error;
}
