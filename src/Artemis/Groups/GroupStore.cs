namespace Ccr.Artemis;

/// <summary>
/// What a group keeps: journal and segments, and in memory the image of the checkpoint that the next one builds on.
/// Everything that it says was done is durable.
/// </summary>
internal sealed class GroupStore : IDisposable
{
    private const long JournalOctetsMax = 1 << 20;

    private readonly Lock _stateLock = new();
    private readonly Lock _writing = new();
    private readonly Lock _compacting = new();
    private readonly GroupJournal _journal;
    private readonly GroupState _state = new();
    private long _number;
    private int _holders;

    private GroupStore(GroupJournal journal, SegmentStore segments, GroupSettings settings)
    {
        _journal = journal;
        Segments = segments;
        Settings = settings;
    }

    internal GroupSettings Settings { get; }

    internal SegmentStore Segments { get; }

    /// <summary>The image of the checkpoint that the program took last, or was restarted from; null: none.</summary>
    internal CheckpointImage? Live { get; private set; }

    /// <summary>Opens a group.</summary>
    /// <param name="folder">Of the journal.</param>
    /// <param name="segments">Of the segments.</param>
    /// <param name="settings">How much is kept.</param>
    internal static GroupStore Open(IStoreFolder folder, IStoreFolder segments, GroupSettings settings)
    {
        GroupJournal journal = GroupJournal.Open(folder, out IReadOnlyList<JournalRecord> records);
        GroupStore? store = null;
        try
        {
            store = new GroupStore(journal, SegmentStore.Open(segments), settings);
            foreach (JournalRecord record in records)
            {
                store._state.Apply(record);
            }

            store._number = store._state.LastNumber;
            store.Collect();
            store.ShortenJournal();
            return store;
        }
        catch
        {
            store?.Segments.Dispose();
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Looks at the state; what it gives stays as it is.</summary>
    internal T Read<T>(Func<GroupState, T> read)
    {
        lock (_stateLock)
        {
            return read(_state);
        }
    }

    /// <summary>Writes records down; they are durable when it returns.</summary>
    internal void Note(params ReadOnlySpan<JournalRecord> records)
    {
        lock (_stateLock)
        {
            _journal.Append(records);
            foreach (JournalRecord record in records)
            {
                _state.Apply(record);
            }
        }
    }

    /// <summary>A number for a checkpoint that is about to be taken: higher than all before.</summary>
    internal long NextNumber() => Interlocked.Increment(ref _number);

    /// <summary>What the process took last is lost: the next checkpoint builds on nothing.</summary>
    internal void Forget() => Live = null;

    /// <summary>The program runs on from a checkpoint: the next one builds on that.</summary>
    internal void Continue(CheckpointImage image) => Live = image;

    /// <summary>
    /// Stores a checkpoint that was taken. It is a link of the chain from now on; nothing is promised: the record has
    /// to be noted together with what is.
    /// </summary>
    /// <exception cref="StoreFullException">It does not fit, and folding did not help.</exception>
    internal Taken Store(StoredCheckpoint checkpoint)
    {
        long room = RoomFor(checkpoint.OctetsMax);
        lock (_writing)
        {
            using SegmentDraft draft = Segments.Begin(room);
            CheckpointImage? before = checkpoint.IsFull ? null : Live;
            checkpoint.Fill(draft, before);
            long previous = before?.Number ?? 0;
            (SegmentFile file, SegmentParts parts) =
                draft.Finish(SegmentKind.Increment, checkpoint.Number, previous, checkpoint.Head);
            Segments.Add(file, draft.Fresh);
            CheckpointImage live = before ?? new CheckpointImage();
            live.Apply(parts);
            Live = live;
            return new Taken(
                checkpoint.Number, previous,
                checkpoint.Figures with { StoredOctets = file.Length, IsFull = previous == 0 });
        }
    }

    /// <summary>True when folding is worth its while.</summary>
    internal bool IsCompactionDue => FoldTarget(always: false) is not null;

    /// <summary>
    /// Folds the oldest kept checkpoint into a base where its chain is long, and removes what nobody needs.
    /// </summary>
    internal void Compact(bool always = false)
    {
        lock (_compacting)
        {
            if (_holders > 0)
            {
                return;
            }

            if (FoldTarget(always) is { } number)
            {
                Compaction.Fold(this, number);
            }

            Collect();
            ShortenJournal();
        }
    }

    /// <summary>No segment is folded or removed until the result is disposed of.</summary>
    internal IDisposable HoldFolding()
    {
        lock (_compacting)
        {
            _holders++;
            return new Holder(this);
        }
    }

    /// <summary>The checkpoints that have to stay.</summary>
    internal IReadOnlySet<long> Kept() => Read(state => Retention.Kept(state, Settings.Keep));

    public void Dispose()
    {
        // A fold that is under way ends first.
        lock (_compacting)
        {
            Segments.Dispose();
            _journal.Dispose();
        }
    }

    /// <summary>The checkpoint to fold, or null.</summary>
    internal long? FoldTarget(bool always) => Read(
        state => Retention.FoldTarget(state, Segments, Settings, always));

    private long RoomFor(long octetsMax)
    {
        if (Settings.SpaceLimitOctets == 0)
        {
            return long.MaxValue;
        }

        long room = Settings.SpaceLimitOctets - Segments.OctetsOnDisk;
        if (room < octetsMax)
        {
            Compact(always: true);
            room = Settings.SpaceLimitOctets - Segments.OctetsOnDisk;
        }

        return room > WireWords.PageOctets ? room : throw new StoreFullException(
            $"the group's segments have {Segments.OctetsOnDisk} of at most {Settings.SpaceLimitOctets} octets");
    }

    /// <summary>Removes segments that no kept checkpoint needs. The journal says so first.</summary>
    private void Collect()
    {
        lock (_writing)
        {
            // What was stored a moment ago is not in the journal yet.
            IEnumerable<long> live = Live is { Number: > 0 } image ? [image.Number] : [];
            if (Retention.Needed([.. Kept(), .. live], Segments) is not { } needed)
            {
                return; // a kept checkpoint is damaged: nothing is thrown away that might help
            }

            long[] numbers = Read(
                state => state.Checkpoints.Select(c => c.Number).Where(n => !needed.Numbers.Contains(n)).ToArray());
            if (numbers.Length > 0)
            {
                Note(new Dropped(numbers));
            }

            long[] ids = [.. Segments.All.Select(file => file.Footer.Id).Where(id => !needed.Ids.Contains(id))];
            if (ids.Length > 0)
            {
                Segments.Remove(ids);
            }
        }
    }

    private void ShortenJournal()
    {
        if (_journal.Length > JournalOctetsMax)
        {
            lock (_stateLock)
            {
                _journal.Rewrite(_state.ToRecords());
            }
        }
    }

    private sealed class Holder(GroupStore store) : IDisposable
    {
        public void Dispose()
        {
            lock (store._compacting)
            {
                store._holders--;
            }
        }
    }
}
