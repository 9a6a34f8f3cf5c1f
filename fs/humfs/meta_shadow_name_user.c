// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_shadow_name - names made and removed, with their mirrors
 */
#include "meta_shadow.h"

/* Is dir where the path says? The host, or another guest, moves things. */
static int check_dir(struct hmeta_shadow *shadow, struct host_node *dir,
		     char *path)
{
	char *slash = strrchr(path, '/');
	struct host_attr attr;
	int error;

	if (!slash)
		return host_id_equal(&dir->id, &shadow->store.tree->root->id) ?
		       0 : -ESTALE;
	*slash = '\0';
	error = hmeta_shadow_look(shadow->parts[HMETA_DATA], path, &attr);
	*slash = '/';
	if (error == 0 && !host_id_equal(&attr.id, &dir->id))
		error = -ESTALE;
	return error;
}

/* dir was moved, and we have a descriptor of it. */
static int place_again(struct hmeta_shadow *shadow, struct host_node *dir,
		       const char *name, char **ret)
{
	struct host_attr attr;
	char *path;
	int fd, error = host_node_pin(dir, &fd);

	if (error)
		return error;
	error = host_statx(fd, "", &attr);
	if (error == 0)
		error = attr.nlink == 0 ? -ENOENT :
			hmeta_shadow_real(shadow, fd, name, &path);
	host_node_unpin(dir);
	if (error)
		return error;
	error = check_dir(shadow, dir, path);
	if (error)
		free(path);
	else
		*ret = path;
	return error;
}

int hmeta_shadow_place(struct hmeta_shadow *shadow, struct host_node *dir,
		       const char *name, char **ret)
{
	char *path;
	int error = hmeta_shadow_path(dir, name, &path);

	if (error == 0) {
		error = check_dir(shadow, dir, path);
		if (error)
			free(path);
	}
	if (error == -ESTALE)
		return place_again(shadow, dir, name, ret);
	if (error == 0)
		*ret = path;
	return error;
}

static int begin(struct hmeta_shadow *shadow, const struct hmeta_change *change,
		 char **ret)
{
	int error = host_name_check(change->name);

	if (error == 0 && !shadow->writable)
		error = -EROFS;
	if (error == 0)
		error = hmeta_shadow_lock(shadow);
	if (error)
		return error;
	error = hmeta_shadow_place(shadow, change->dir, change->name, ret);
	if (error)
		hmeta_shadow_unlock(shadow);
	return error;
}

static void end(struct hmeta_shadow *shadow, char *path)
{
	free(path);
	hmeta_shadow_unlock(shadow);
}

/* Nothing is to have the name yet: a line there would become somebody else's. */
static int check_free(struct hmeta_shadow *shadow, char *path)
{
	struct host_attr attr;
	int error = hmeta_shadow_look(shadow->parts[HMETA_DATA], path, &attr);

	return error ? error : attr.id.ino ? -EEXIST : 0;
}

/* --- making ------------------------------------------------------------- */

/* What remains does no harm but to the host's next file of that name. */
static void drop_mirrors(struct hmeta_shadow *shadow, char *path, bool is_dir)
{
	if (is_dir)
		(void)hmeta_shadow_discard(shadow, HMETA_DIRS, path);
	(void)hmeta_shadow_discard(shadow, HMETA_FILES, path);
}

/* It could not be made; or has it got the name, and then something failed? */
static void make_failed(struct hmeta_shadow *shadow, char *path, bool is_dir)
{
	if (check_free(shadow, path) == 0)
		drop_mirrors(shadow, path, is_dir);
}

/* Both mirrors, with nothing in them that was a former directory's. */
static int make_mirrors(struct hmeta_shadow *shadow, char *path)
{
	int error = hmeta_shadow_parents(shadow, HMETA_DIRS, path);

	if (error == 0)
		error = hmeta_shadow_parents(shadow, HMETA_FILES, path);
	if (error == 0)
		error = hmeta_shadow_make_way(shadow, path);
	if (error == 0)
		error = hmeta_shadow_discard(shadow, HMETA_DIRS, path);
	if (error == 0)
		error = hmeta_shadow_discard(shadow, HMETA_FILES, path);
	if (error == 0)
		error = hmeta_shadow_mirror(shadow, path);
	return error;
}

static int names_make(struct hmeta_store *store,
		      const struct hmeta_change *change,
		      const struct hmeta_record *record)
{
	struct hmeta_shadow *shadow = (struct hmeta_shadow *)store;
	bool is_dir = S_ISDIR(record->mode);
	char *path;
	int error = begin(shadow, change, &path);

	if (error)
		return error;
	error = check_free(shadow, path);
	if (error) {
		end(shadow, path);
		return error;
	}
	if (is_dir)
		error = make_mirrors(shadow, path);
	if (error == 0)
		error = hmeta_shadow_put(shadow, path, is_dir, record);
	if (error == 0)
		error = change->run(change->context);
	if (error)
		make_failed(shadow, path, is_dir);
	end(shadow, path);
	return error;
}

/* --- links -------------------------------------------------------------- */

static int try_link(struct hmeta_shadow *shadow, char *path, char *other)
{
	const char *from_name, *to_name;
	int from, to, error;

	from = hmeta_shadow_parent(shadow->parts[HMETA_FILES], path,
				   &from_name);
	if (from < 0)
		return from;
	to = hmeta_shadow_parent(shadow->parts[HMETA_FILES], other, &to_name);
	error = to < 0 ? to : HOST_CALL(OTHER, linkat(from, from_name, to,
						      to_name, 0));
	host_close_fd(from);
	if (to >= 0)
		host_close_fd(to);
	return error;
}

int hmeta_shadow_link_line(struct hmeta_shadow *shadow, char *path,
			   char *other)
{
	int error = try_link(shadow, path, other);

	if (error != -EEXIST && error != -ENOENT && error != -ENOTDIR)
		return error;
	/* Something is left there, or nothing leads there. */
	error = hmeta_shadow_discard(shadow, HMETA_FILES, other);
	if (error == 0)
		error = hmeta_shadow_parents(shadow, HMETA_FILES, other);
	return error ? error : try_link(shadow, path, other);
}

/* Of a line where the object has a name already; without one it gets one. */
static int link_line(struct hmeta_shadow *shadow, char *path,
		     const struct hmeta_record *record, char *other)
{
	int error = hmeta_shadow_link_line(shadow, path, other);

	if (error == -ENOENT) {
		error = hmeta_shadow_put(shadow, path, false, record);
		if (error == 0)
			error = hmeta_shadow_link_line(shadow, path, other);
	}
	return error;
}

/*
 * A line of its own only without a name yet, or if nobody can tell one (an open
 * file whose name was removed, while the host gave it another): names of one object
 * with two lines would come to differ.
 */
static int link_object(struct hmeta_shadow *shadow,
		       const struct hmeta_object *object, bool open,
		       const struct hmeta_record *record, char *other)
{
	char *path;
	int error;

	if (object->attr->nlink == 0)
		return hmeta_shadow_put(shadow, other, false, record);
	error = hmeta_shadow_find(shadow, object, &path);
	if (error == -ESTALE && open)
		return hmeta_shadow_put(shadow, other, false, record);
	if (error)
		return error;
	error = link_line(shadow, path, record, other);
	free(path);
	return error;
}

static int link_node(struct hmeta_shadow *shadow, struct host_node *node,
		     struct host_file *file, const struct hmeta_record *record,
		     char *other)
{
	struct host_object pinned;
	struct host_attr attr;
	int error = host_object_begin(node, file, &pinned);

	if (error)
		return error;
	error = host_statx(pinned.fd, "", &attr);
	if (error == 0)
		error = link_object(shadow, &(struct hmeta_object){
			.fd = pinned.fd, .attr = &attr, .node = node,
		}, file, record, other);
	host_object_end(&pinned);
	return error;
}

static int names_link(struct hmeta_store *store,
		      const struct hmeta_change *change, struct host_node *node,
		      struct host_file *file)
{
	struct hmeta_shadow *shadow = (struct hmeta_shadow *)store;
	struct hmeta_record record;
	char *path;
	int error;

	if (!node || !hmeta_shadow_recall(node, &record))
		return -ESTALE;
	error = begin(shadow, change, &path);
	if (error)
		return error;
	error = check_free(shadow, path);
	if (error) {
		end(shadow, path);
		return error;
	}
	error = link_node(shadow, node, file, &record, path);
	if (error == 0)
		error = change->run(change->context);
	if (error)
		make_failed(shadow, path, false);
	end(shadow, path);
	return error;
}

static int names_unlink(struct hmeta_store *store,
			const struct hmeta_change *change, bool is_dir)
{
	struct hmeta_shadow *shadow = (struct hmeta_shadow *)store;
	char *path;
	int error = begin(shadow, change, &path);

	if (error)
		return error;
	error = change->run(change->context);
	if (error == 0)
		drop_mirrors(shadow, path, is_dir);
	end(shadow, path);
	return error;
}

const struct hmeta_name_ops hmeta_shadow_names = {
	.make		= names_make,
	.link		= names_link,
	.unlink		= names_unlink,
	.rename		= hmeta_shadow_rename,
	.remember	= hmeta_shadow_remember,
};
