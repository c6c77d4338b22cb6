using System.Diagnostics;

namespace Ccr.Artemis;

/// <summary>A checkpoint that cannot be taken now; the message says why.</summary>
public sealed class CheckpointFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Takes one checkpoint at a time: asks the jacket, copies files while the program stands, lets it go on, and stores
/// what the slab holds.
/// </summary>
internal sealed class CheckpointTaker(GroupStore store, CheckpointServerOptions options) : IDisposable
{
    private const uint StopTimeoutMs = 2_000;
    private const int TriesMax = 40;
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(1);
    private readonly Slab _slab = Slab.Create();

    /// <summary>Takes a checkpoint and stores it; nothing is promised yet.</summary>
    /// <exception cref="CheckpointFailedException">It could not be taken.</exception>
    internal async Task<Taken> TakeAsync(MemberConnection member, CancellationToken cancellation)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await TakeOnceAsync(member, cancellation).ConfigureAwait(false);
            }
            catch (AskAgainException again) when (tries < TriesMax)
            {
                if (tries > 2)
                {
                    await Task.Delay(Breath * tries, options.Time, cancellation).ConfigureAwait(false);
                }

                options.Log($"The checkpoint is asked for again: {again.Message}");
            }
            catch (AskAgainException again)
            {
                throw new CheckpointFailedException(
                    $"The program did not stand still in {TriesMax} tries: {again.Message}", again);
            }
        }
    }

    public void Dispose() => _slab.Dispose();

    private async Task<Taken> TakeOnceAsync(MemberConnection member, CancellationToken cancellation)
    {
        long number = store.NextNumber();
        PrepareHead asked = new()
        {
            Number = (ulong)number,
            Flags = store.Live is null ? PrepareFlags.Full : PrepareFlags.None,
            StopTimeoutMs = StopTimeoutMs,
        };
        member.Drain();
        try
        {
            await member.SendAsync(Frame.Of(FrameType.Prepare, asked, _slab.Path)).ConfigureAwait(false);
            member.Signal();
            Standing standing = await StandAsync(member, number, cancellation).ConfigureAwait(false);
            return await Task.Run(() => Store(standing), cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            store.Forget(); // what was copied is lost: the next one must be full
            throw new CheckpointFailedException(
                e is StoreFullException
                    ? $"The checkpoint does not fit: {e.Message}. Raise --space-limit, or keep fewer with --keep."
                    : e.Message, e);
        }
        catch (OperationCanceledException)
        {
            store.Forget();
            throw;
        }
    }

    /// <summary>From the signal until the program goes on.</summary>
    private async Task<Standing> StandAsync(MemberConnection member, long number, CancellationToken cancellation)
    {
        Standing standing = new() { Number = number };
        using CancellationTokenSource patience = new(options.AnswerPatience, options.Time);
        using CancellationTokenSource limit =
            CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        bool mayWait = true; // who gives up before the answer lets the program go on when it answers at last
        long stoodAt = 0;
        try
        {
            while (true)
            {
                Frame frame = await NextAsync(member, stoodAt != 0, limit.Token, cancellation).ConfigureAwait(false);
                if (frame.Type == FrameType.Gone || frame.Progress.Number != (ulong)number)
                {
                    continue;
                }

                switch (frame.Type)
                {
                    case FrameType.Stopped:
                        standing.AtMs = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
                        stoodAt = Stopwatch.GetTimestamp() - ToTicks(frame.Progress.ElapsedNs);
                        mayWait = ReadFiles(member, standing, frame.Progress);
                        break;
                    case FrameType.Tentative:
                        standing.Progress = frame.Progress;
                        return standing;
                    case FrameType.Failed:
                        mayWait = false;
                        throw Why(frame);
                    default:
                        throw new InvalidDataException($"The program answered PREPARE with {frame.Type}.");
                }
            }
        }
        finally
        {
            if (mayWait && !member.IsLost)
            {
                await LetGoOnAsync(member, number).ConfigureAwait(false);
                standing.PauseNs = (long)Stopwatch.GetElapsedTime(stoodAt).TotalNanoseconds;
            }
        }
    }

    private static async Task LetGoOnAsync(MemberConnection member, long number)
    {
        try
        {
            await member.SendAsync(Frame.Of(FrameType.Resume, (ulong)number)).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has ended, or lost us and goes on by itself.
        }
    }

    private async Task<Frame> NextAsync(
        MemberConnection member, bool hasStopped, CancellationToken limit, CancellationToken cancellation)
    {
        Task<Frame> next = member.NextAsync(limit);
        try
        {
            while (!hasStopped && !next.IsCompleted && !limit.IsCancellationRequested)
            {
                Task pause = Task.Delay(options.SignalAgain, options.Time, limit);
                if (await Task.WhenAny(next, pause).ConfigureAwait(false) == pause)
                {
                    member.SignalAgain();
                }
            }

            return await next.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException(
                $"The program {member.Pid} did not answer within {options.AnswerPatience.TotalSeconds:F0} s: it may "
                + $"have blocked signal {WireWords.JacketSignal}, or be stopped.");
        }
    }

    /// <summary>Copies what the program writes; true when it waits to be let go on.</summary>
    private bool ReadFiles(MemberConnection member, Standing standing, ProgressBody progress)
    {
        _slab.Map((long)progress.SlabLength);
        SlabView view = new(_slab.At(0, (int)progress.SlabLength));
        if (view.Captures.Length == 0)
        {
            return false;
        }

        bool full = view.Head.Flags.HasFlag(PrepareFlags.Full);
        try
        {
            standing.Files = FileCapture.Read(member.Pid, view, full ? null : store.Live);
        }
        catch (IOException e)
        {
            standing.FileFailure = e; // the program is let go on first
        }

        return true;
    }

    private Taken Store(Standing standing)
    {
        if (standing.FileFailure is { } failure)
        {
            throw failure;
        }

        ProgressBody progress = standing.Progress;
        long length = (long)progress.SlabLength;
        _slab.Map(length);
        SlabView view = new(_slab.At(0, (int)Math.Min(length, int.MaxValue)));
        StoredCheckpoint checkpoint = new()
        {
            Number = standing.Number,
            Head = view.Octets.ToArray(),
            Pages = _slab,
            Files = standing.Files,
            Figures = new CheckpointFigures(
                standing.AtMs,
                Math.Max(standing.PauseNs, (long)progress.ElapsedNs),
                (long)progress.DirtyPages, 0, (int)progress.Threads, false),
        };
        Taken taken = store.Store(checkpoint);
        _slab.Used(length, checkpoint.IsFull);
        return taken;
    }

    private static Exception Why(Frame frame)
    {
        string text = frame.ProgressText;
        return (Failure)frame.Progress.Code is Failure.InVdso or Failure.StopTimeout
            ? new AskAgainException(text)
            : new CheckpointFailedException(text);
    }

    private static long ToTicks(ulong ns) => (long)(ns * (Stopwatch.Frequency / 1e9));

    private sealed class AskAgainException(string message) : Exception(message);

    private sealed class Standing
    {
        internal long Number { get; init; }

        /// <summary>When the program stood: what it makes afterwards is younger (<see cref="MadeSince"/>).</summary>
        internal long AtMs { get; set; }

        internal ProgressBody Progress { get; set; }

        internal List<CapturedFile> Files { get; set; } = [];

        internal IOException? FileFailure { get; set; }

        internal long PauseNs { get; set; }
    }
}
