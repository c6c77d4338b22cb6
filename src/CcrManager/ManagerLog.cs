using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager;

/// <summary>Every line that the manager writes to its log for people.</summary>
internal static partial class ManagerLog
{
    [LoggerMessage(
        1, LogLevel.Information, "{Self} is up: peers reach it at {Address}, its own at {Socket}. {Lanes} lanes.")]
    public static partial void Started(ILogger logger, string self, string address, string socket, int lanes);

    [LoggerMessage(
        2, LogLevel.Information, "{Live} records of the log were live at start; {Held} actions are set aside.")]
    public static partial void Recovered(ILogger logger, int live, int held);

    [LoggerMessage(3, LogLevel.Information, "{Node} has stopped; {Unfinished} actions were still under way.")]
    public static partial void Stopped(ILogger logger, string node, int unfinished);

    [LoggerMessage(4, LogLevel.Warning, "The log is near its limit: new actions are refused until others have ended.")]
    public static partial void LogFull(ILogger logger);

    [LoggerMessage(5, LogLevel.Information, "The log has room again: new actions are admitted.")]
    public static partial void LogHasRoom(ILogger logger);

    [LoggerMessage(6, LogLevel.Critical, "{Reason}")]
    public static partial void CoreFailed(ILogger logger, string reason, Exception exception);

    [LoggerMessage(7, LogLevel.Critical, "{Reason}")]
    public static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(8, LogLevel.Critical, "It could not be saved that action {Action} is to be set aside: {Why}")]
    public static partial void HeldNotSaved(ILogger logger, string action, string why);

    [LoggerMessage(9, LogLevel.Warning, "Action {Action}, which was set aside, is released by {Operator}.")]
    public static partial void HeldReleased(ILogger logger, string action, string @operator);

    [LoggerMessage(15, LogLevel.Warning, "{Notice}")]
    public static partial void LogNotice(ILogger logger, string notice);

    [LoggerMessage(10, LogLevel.Debug, "Session begun: {Session}.")]
    public static partial void SessionBegun(ILogger logger, string session);

    [LoggerMessage(11, LogLevel.Debug, "Session ended: {Session}. {Reason}")]
    public static partial void SessionEnded(ILogger logger, string session, string reason);

    [LoggerMessage(12, LogLevel.Warning, "A session broke the protocol and is closed: {Session}. {Why}")]
    public static partial void SessionBroken(ILogger logger, string session, string why);

    [LoggerMessage(13, LogLevel.Information, "Server {Server} is here, incarnation {Incarnation}.")]
    public static partial void ServerRegistered(ILogger logger, string server, long incarnation);

    [LoggerMessage(14, LogLevel.Warning, "Server {Server} is refused. {Why}")]
    public static partial void ServerRefused(ILogger logger, string server, string why);

    [LoggerMessage(20, LogLevel.Information, "Up: {Link}.")]
    public static partial void LinkUp(ILogger logger, string link);

    [LoggerMessage(21, LogLevel.Information, "Down: {Link}. {Reason}")]
    public static partial void LinkDown(ILogger logger, string link, string reason);

    [LoggerMessage(22, LogLevel.Warning, "Refused: {Link}. {Why}")]
    public static partial void LinkRefused(ILogger logger, string link, string why);

    [LoggerMessage(23, LogLevel.Warning, "Refused by the other side: {Link}. {Why}")]
    public static partial void LinkRefusedUs(ILogger logger, string link, string why);

    [LoggerMessage(24, LogLevel.Warning, "A peer broke the protocol, and its link is closed: {Link}. {Why}")]
    public static partial void LinkBroken(ILogger logger, string link, string why);

    [LoggerMessage(25, LogLevel.Warning, "A peer broke the protocol, and an association is aborted: {Link}. {Why}")]
    public static partial void AssociationBroken(ILogger logger, string link, string why);

    [LoggerMessage(26, LogLevel.Warning, "{Peer} announced what is refused. {Why}")]
    public static partial void AnnouncementRefused(ILogger logger, string peer, string why);

    [LoggerMessage(
        27, LogLevel.Error,
        "The name of {Self} is taken twice: {Teller} knows {Other}. Stop the one that runs on a copy of the log.")]
    public static partial void NameTakenTwice(ILogger logger, string self, string teller, string other);

    [LoggerMessage(28, LogLevel.Warning, "Node {Node} cannot be reached; it is tried again. {Why}")]
    public static partial void PeerNotReached(ILogger logger, string node, string why);

    [LoggerMessage(29, LogLevel.Error, "What is known of the peers could not be saved: {Why}")]
    public static partial void PeersNotSaved(ILogger logger, string why);

    [LoggerMessage(30, LogLevel.Warning, "Node {Node} may go on with another log, says {Operator}.")]
    public static partial void NodeReset(ILogger logger, string node, string @operator);

    [LoggerMessage(31, LogLevel.Warning, "Events are no longer recorded for sequence charts: {Why}")]
    public static partial void TraceOff(ILogger logger, string why);

    [LoggerMessage(32, LogLevel.Warning, "{Line}")]
    public static partial void Listener(ILogger logger, string line);

    [LoggerMessage(
        40, LogLevel.Warning, "Adopted: {Self}, whose process has ended, runs here while anything is live; {Socket}.")]
    public static partial void Adopted(ILogger logger, string self, string socket);

    [LoggerMessage(41, LogLevel.Information, "Given up: {Node}, which was adopted.")]
    public static partial void GivenUp(ILogger logger, string node);

    [LoggerMessage(
        42, LogLevel.Error, "{Node}, whose process has ended, cannot be run here; tried again in {RetryMs} ms. {Why}")]
    public static partial void NotAdopted(ILogger logger, string node, int retryMs, string why);

    [LoggerMessage(43, LogLevel.Error, "The slot {Node} is passed over. {Why}")]
    public static partial void SlotPassedOver(ILogger logger, string node, string why);
}
