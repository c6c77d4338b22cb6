using System.Globalization;
using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Http;

/// <summary>
/// Sends requests of an HttpClient within the atomic action that the calling code works for: the action is extended to
/// the service, which is a Server of some node, and the request carries the branch in the header ccr-action. Without an
/// action the request goes as it is.
/// </summary>
/// <param name="server">The service's name as a Server: "osaka.billing". The Location Server knows its node.</param>
public sealed class CcrActionHandler(string server) : DelegatingHandler
{
    private const int TextMax = 1_024;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (CcrAmbient.Branch is { } branch)
        {
            RequestContext below = await branch.RequestContextAsync(server, cancellationToken).ConfigureAwait(false);
            return await SendBelowAsync(below, request, branch, cancellationToken).ConfigureAwait(false);
        }

        if (CcrAmbient.Action is not { } action)
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        RequestContext context = await action.RequestContextAsync(server, cancellationToken).ConfigureAwait(false);

        // Unless an answer comes, what the request did is unknown, and the action can only be rolled back (SEM-8).
        using ActionRequest underWay = action.BeginRequest();
        Carry(request, context);
        (HttpResponseMessage response, Refusal? refused) = await underWay.WaitAsync(
            stop => AnswerAsync(request, stop), cancellationToken).ConfigureAwait(false);
        underWay.Answered();
        return refused is null ? response : throw new CcrRefusedException(refused);
    }

    /// <summary>Nothing is sent in silence outside the action.</summary>
    /// <exception cref="NotSupportedException">The calling code works for an action.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        CcrAmbient.Branch is null && CcrAmbient.Action is null
            ? base.Send(request, cancellationToken)
            : throw new NotSupportedException(
                "A synchronous request cannot join an atomic action: use SendAsync, or CcrAmbient.EnterNothing().");

    private async Task<HttpResponseMessage> SendBelowAsync(
        RequestContext context, HttpRequestMessage request, BranchContext branch, CancellationToken cancellation)
    {
        try
        {
            Carry(request, context);
            using CancellationTokenSource either =
                CancellationTokenSource.CreateLinkedTokenSource(cancellation, branch.Stopped);
            (HttpResponseMessage response, Refusal? refused) =
                await AnswerAsync(request, either.Token).ConfigureAwait(false);
            return refused is null ? response : throw new CcrRefusedException(refused);
        }
        catch (Exception e) when (e is not (CcrRefusedException or OutOfMemoryException))
        {
            branch.Refuse(new Refusal(RefusalCode.AssociationLost,
                $"A request to {server} had no answer, so what it did is unknown: {e.Message}"));
            throw;
        }
    }

    private async Task<(HttpResponseMessage Response, Refusal? Refused)> AnswerAsync(
        HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellation).ConfigureAwait(false);
        return (response, await RefusalOfAsync(response, cancellation).ConfigureAwait(false));
    }

    /// <summary>A request that is sent again has the header already.</summary>
    private static void Carry(HttpRequestMessage request, RequestContext context)
    {
        request.Headers.Remove(RequestContext.Header);
        request.Headers.Add(RequestContext.Header, context.ToText());
    }

    private async Task<Refusal?> RefusalOfAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.Headers.TryGetValues(CcrActionMiddleware.RefusedHeader, out IEnumerable<string>? codes)
            || !int.TryParse(codes.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int code))
        {
            return null;
        }

        using (response)
        {
            string text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            return new Refusal((RefusalCode)code,
                text.Length == 0 ? $"{server} refused the request." : text[..Math.Min(text.Length, TextMax)]);
        }
    }
}
