// A part of includer.c, which includes it; alone it has no declarations.
static int part_reads(struct crate *crate)
{
	if (!crate->plain_label)
		return 0;
	return crate->label->size; // error: RCU101
}

static int part_uses_accessor(struct crate *crate)
{
	return crate_deref(crate, crate->label)->size;
}
