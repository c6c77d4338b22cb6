using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Http;

/// <content>Requests that work in a branch, whatever carried them here.</content>
public sealed partial class CcrService
{
    /// <summary>
    /// Does work of a request that carried these octets (<see cref="RequestContext.ToOctets"/>) in the branch that they
    /// name. Work that throws gives the branch up: the whole action is rolled back.
    /// </summary>
    /// <exception cref="CcrRefusedException">The branch takes no such request; the work was not begun.</exception>
    public async Task RunAsync(
        ReadOnlyMemory<byte> octets, Func<BranchContext, CancellationToken, Task> work,
        CancellationToken cancellation = default)
    {
        Refusal? why = RequestContext.TryRead(octets.Span, out RequestContext? context)
            ? await TryRunAsync(context, work, cancellation).ConfigureAwait(false)
            : Unreadable("The context of the request");
        if (why is not null)
        {
            throw new CcrRefusedException(why);
        }
    }

    /// <summary>The same; returns why the work was not begun, or null when it was done.</summary>
    public async Task<Refusal?> TryRunAsync(
        RequestContext context, Func<BranchContext, CancellationToken, Task> work,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(work);
        if (context.Server != Name)
        {
            return new Refusal(RefusalCode.NoSuchServer,
                $"This is {Name}, and the request is for {context.Server}: see where its address leads to.");
        }

        if (Server is not { } server)
        {
            return new Refusal(RefusalCode.Stopping, $"{Name} is starting or stopping: try again.");
        }

        if (!server.TryEnter(context.Action, context.Incarnation, out BranchRequest? request, out Refusal? refusal))
        {
            return refusal;
        }

        using (request)
        {
            using CancellationTokenSource either =
                CancellationTokenSource.CreateLinkedTokenSource(cancellation, request.Branch.Stopped);
            return await InTurnAsync(request.Branch, work, either.Token, cancellation).ConfigureAwait(false);
        }
    }

    internal static Refusal Unreadable(string what) => new(
        RefusalCode.ProtocolError, $"{what} cannot be read: use libraries of one release at both ends.");

    private async Task<Refusal?> InTurnAsync(
        BranchContext branch, Func<BranchContext, CancellationToken, Task> work, CancellationToken either,
        CancellationToken callers)
    {
        SemaphoreSlim? turn = _options.OneRequestAtATime ? (SemaphoreSlim?)branch.Tag : null;
        try
        {
            if (turn is not null && !await turn.WaitAsync(_options.RequestWaitMs, either).ConfigureAwait(false))
            {
                return new Refusal(RefusalCode.WrongState,
                    $"Another request of {branch.Action} has been at work in {Name} for {_options.RequestWaitMs} ms. A "
                    + $"call that comes back to its own service waits for itself: set {CcrServiceOptions.Section}:"
                    + $"{nameof(CcrServiceOptions.OneRequestAtATime)} to false there.");
            }
        }
        catch (OperationCanceledException) when (!callers.IsCancellationRequested)
        {
            return RolledBack(branch);
        }

        try
        {
            await WorkAsync(branch, work, either).ConfigureAwait(false);
            return null;
        }
        finally
        {
            turn?.Release();
        }
    }

    private async Task WorkAsync(
        BranchContext branch, Func<BranchContext, CancellationToken, Task> work, CancellationToken either)
    {
        using IDisposable entered = CcrAmbient.Enter(branch);
        try
        {
            await work(branch, either).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            branch.Refuse(e is CcrRefusedException refused
                ? refused.Refusal
                : new Refusal(RefusalCode.Resource, $"A request to {Name} failed: {e.Message}"));
            throw;
        }
    }

    internal Refusal RolledBack(BranchContext branch) => new(RefusalCode.NotBegun,
        $"The branch of {branch.Action} at {Name} was rolled back while the request worked in it or waited.");
}
