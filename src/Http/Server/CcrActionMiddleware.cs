using System.Globalization;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Ccr.Http;

/// <summary>
/// Lets a request that carries the header ccr-action work in the branch that it names. One that does not carry it goes
/// on as it is. A handler that throws, or answers 500 or more, gives the branch up: the whole action is rolled back.
/// </summary>
public sealed class CcrActionMiddleware(RequestDelegate next, CcrService service)
{
    /// <summary>The header of an answer that says: the request was not worked at; its body says why.</summary>
    public const string RefusedHeader = "ccr-refused";

    /// <summary>Called for each request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        StringValues header = http.Request.Headers[RequestContext.Header];
        if (header.Count == 0)
        {
            await next(http).ConfigureAwait(false);
            return;
        }

        Refusal? why = header.Count == 1 && RequestContext.TryParse(header[0], out RequestContext? context)
            ? await WorkAsync(http, context).ConfigureAwait(false)
            : CcrService.Unreadable($"The header {RequestContext.Header}");
        if (why is not null)
        {
            await RefuseAsync(http, why).ConfigureAwait(false);
        }
    }

    private async Task<Refusal?> WorkAsync(HttpContext http, RequestContext context)
    {
        CancellationToken aborted = http.RequestAborted;
        BranchContext? entered = null;
        try
        {
            return await service.TryRunAsync(context, HandleAsync, aborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (entered is { Stopped.IsCancellationRequested: true }
            && !aborted.IsCancellationRequested && !http.Response.HasStarted)
        {
            return service.RolledBack(entered);
        }
        finally
        {
            http.RequestAborted = aborted;
        }

        async Task HandleAsync(BranchContext branch, CancellationToken either)
        {
            entered = branch;
            http.RequestAborted = either; // what a handler does ends with its branch
            await next(http).ConfigureAwait(false);
            if (http.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            {
                branch.Refuse(new Refusal(RefusalCode.Resource,
                    $"A request to {service.Name} was answered with {http.Response.StatusCode}."));
            }
        }
    }

    private static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.ProtocolError => StatusCodes.Status400BadRequest,
        RefusalCode.NoSuchServer => StatusCodes.Status421MisdirectedRequest,
        RefusalCode.Stopping => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status409Conflict,
    };

    private static async Task RefuseAsync(HttpContext http, Refusal why)
    {
        http.Response.Clear();
        http.Response.StatusCode = StatusOf(why.Code);
        http.Response.Headers[RefusedHeader] = ((int)why.Code).ToString(CultureInfo.InvariantCulture);
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync(why.Text, http.RequestAborted).ConfigureAwait(false);
    }
}
