"""Work on many rows: handed in, checked, looked over, carried out in slices, undone.

A desk subclasses ``AbstractBatch`` and ``AbstractBatchRow``, registers the jobs that its batch
names (``BatchJobs``), and says what is done with a chunk of rows; states, slices, progress,
errors and ways out are here.
"""
