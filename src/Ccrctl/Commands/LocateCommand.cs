using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Ccr.Ccrctl.Nodes;
using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl locate NAME.</summary>
internal static class LocateCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> name = new("NAME") { Description = "a Server's name, for example osaka.files" };
        Option<bool> fresh = new("--fresh") { Description = "ask the nodes anew, not the cache" };
        Command command = new("locate", "Where a Server is, as the node's Location Server knows it") { name, fresh };
        command.SetAction(async (parse, cancellation) =>
        {
            await using LocationClient location =
                await LocationClient.ConnectAsync(context.Node(parse), cancellation);
            PlaceFound found = await location.LookUpAsync(
                parse.GetRequiredValue(name), parse.GetValue(fresh), cancellation);
            Place place = found.Place;
            if (context.WantsJson(parse))
            {
                JsonObject form = JsonForms.Of(place);
                form["cached"] = found.Cached;
                context.Terminal.Json(form);
            }
            else
            {
                context.Terminal.Table(
                    ["Server", "node", "kind", "start", "addresses", "from"],
                    [[
                        place.Server, place.Node.Value, place.Kind,
                        place.Incarnation.ToString(CultureInfo.InvariantCulture), string.Join(' ', place.Addresses),
                        found.Cached ? "cache" : "its node",
                    ]],
                    "");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
