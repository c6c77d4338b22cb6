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
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (CcrAmbient.Branch is { } branch)
        {
            RequestContext below = await branch.RequestContextAsync(server, cancellationToken).ConfigureAwait(false);
            return await SendWithAsync(below, request, branch, cancellationToken).ConfigureAwait(false);
        }

        if (CcrAmbient.Action is not { } action)
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        RequestContext context = await action.RequestContextAsync(server, cancellationToken).ConfigureAwait(false);
        request.Headers.Add(RequestContext.Header, context.ToText());

        // Unless an answer comes, what the request did is unknown, and the action can only be rolled back (SEM-8).
        using ActionRequest underWay = action.BeginRequest();
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        underWay.Answered();
        await ThrowIfRefusedAsync(response, cancellationToken).ConfigureAwait(false);
        return response;
    }

    private async Task<HttpResponseMessage> SendWithAsync(
        RequestContext context, HttpRequestMessage request, BranchContext branch, CancellationToken cancellation)
    {
        request.Headers.Add(RequestContext.Header, context.ToText());
        try
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellation).ConfigureAwait(false);
            await ThrowIfRefusedAsync(response, cancellation).ConfigureAwait(false);
            return response;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            branch.Refuse(new Refusal(RefusalCode.AssociationLost,
                $"A request to {server} had no answer, so what it did is unknown: {e.Message}"));
            throw;
        }
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Headers.TryGetValues(CcrActionMiddleware.RefusedHeader, out IEnumerable<string>? codes)
            && int.TryParse(codes.FirstOrDefault(), out int code))
        {
            string text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            response.Dispose();
            throw new CcrRefusedException(new Refusal((RefusalCode)code, text));
        }
    }
}
