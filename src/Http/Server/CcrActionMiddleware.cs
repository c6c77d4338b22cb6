using System.Globalization;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Microsoft.AspNetCore.Http;

namespace Ccr.Http;

/// <summary>
/// Lets a request that carries the header ccr-action work in the branch that it names. One that does not carry it goes
/// on as it is. A handler that throws gives the branch up: the whole action is rolled back.
/// </summary>
public sealed class CcrActionMiddleware(RequestDelegate next, CcrService service)
{
    /// <summary>The header of an answer that says: the action could not be joined; its body says why.</summary>
    public const string RefusedHeader = "ccr-refused";

    /// <summary>Called for each request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        string? header = http.Request.Headers[RequestContext.Header];
        if (header is null)
        {
            await next(http).ConfigureAwait(false);
            return;
        }

        if (!RequestContext.TryParse(header, out RequestContext? context))
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, new Refusal(RefusalCode.ProtocolError,
                $"The header {RequestContext.Header} cannot be read: use libraries of one release.")).ConfigureAwait(false);
        }
        else if (!service.Server.TryEnter(
            context.Action, context.Incarnation, out BranchRequest? request, out Refusal? refusal))
        {
            await RefuseAsync(http, StatusCodes.Status409Conflict, refusal).ConfigureAwait(false);
        }
        else
        {
            using (request)
            {
                await WorkAsync(http, request.Branch).ConfigureAwait(false);
            }
        }
    }

    private async Task WorkAsync(HttpContext http, BranchContext branch)
    {
        using IDisposable entered = CcrAmbient.Enter(branch);
        try
        {
            await next(http).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            branch.Refuse(new Refusal(RefusalCode.Resource, $"A request to the service failed: {e.Message}"));
            throw;
        }
    }

    private static async Task RefuseAsync(HttpContext http, int status, Refusal why)
    {
        http.Response.StatusCode = status;
        http.Response.Headers[RefusedHeader] = ((int)why.Code).ToString(CultureInfo.InvariantCulture);
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync(why.Text, http.RequestAborted).ConfigureAwait(false);
    }
}
