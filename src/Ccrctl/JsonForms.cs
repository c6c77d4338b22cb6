using System.Text.Json.Nodes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Ccrctl;

/// <summary>How the things that ccrctl prints look in JSON. Names and units here are a promise to scripts.</summary>
internal static class JsonForms
{
    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> form) => new([.. items.Select(form)]);

    public static JsonObject Of(ManagerIdentity identity) => new()
    {
        ["node"] = identity.Node.Value,
        ["log"] = identity.Log.ToString(),
        ["epoch"] = identity.Epoch,
    };

    public static JsonObject Of(Status status) => new()
    {
        ["identity"] = Of(status.Identity),
        ["version"] = status.Version,
        ["upMs"] = status.UpMs,
        ["lanes"] = status.Lanes,
        ["address"] = status.Address,
        ["counters"] = new JsonObject(status.Counters.DistinctBy(c => c.Name)
            .Select(c => KeyValuePair.Create<string, JsonNode?>(c.Name, c.Value))),
        ["servers"] = Array(status.Servers, s => new JsonObject
        {
            ["server"] = s.Server,
            ["kind"] = s.Kind,
            ["incarnation"] = s.Incarnation,
            ["connected"] = s.Connected,
        }),
        ["peers"] = Array(status.Peers, p => new JsonObject
        {
            ["identity"] = Of(p.Identity),
            ["address"] = p.Address,
            ["state"] = p.State,
        }),
    };

    public static JsonObject Of(Orphan orphan) => new()
    {
        ["database"] = orphan.Database,
        ["name"] = orphan.Name,
        ["owner"] = orphan.Owner,
        ["action"] = orphan.Action?.ToString(),
        ["branch"] = orphan.Branch?.ToString(),
        ["manager"] = orphan.Manager,
        ["ageMs"] = orphan.AgeMs,
        ["locks"] = orphan.Locks,
        ["blocked"] = orphan.Blocked,
        ["verdict"] = orphan.Verdict,
    };

    public static JsonObject Of(ActionStatus action) => new()
    {
        ["action"] = action.Action.ToString(),
        ["branch"] = action.Branch?.ToString(),
        ["superior"] = action.Superior?.Value,
        ["state"] = action.State,
        ["ageMs"] = action.AgeMs,
        ["outcome"] = Words.Of(action.Outcome),
        ["branches"] = Array(action.Branches, b => new JsonObject
        {
            ["branch"] = b.Branch.ToString(),
            ["to"] = b.To,
            ["state"] = b.State,
        }),
        ["damages"] = Array(action.Damages, Of),
        ["note"] = action.Note,
    };

    public static JsonObject Of(Damage damage) => new()
    {
        ["node"] = damage.Node.Value,
        ["branch"] = damage.Branch.ToString(),
        ["kind"] = Words.Of(damage.Kind),
        ["taken"] = Words.Of(damage.Taken),
        ["text"] = damage.Text,
    };

    public static JsonObject Of(TraceEvent item) => new()
    {
        ["timeUs"] = item.TimeUs,
        ["node"] = item.Node.Value,
        ["from"] = item.From,
        ["to"] = item.To,
        ["what"] = item.What,
    };

    public static JsonObject Of(Place place) => new()
    {
        ["server"] = place.Server,
        ["node"] = place.Node.Value,
        ["kind"] = place.Kind,
        ["incarnation"] = place.Incarnation,
        ["addresses"] = Array(place.Addresses, a => a),
    };
}
