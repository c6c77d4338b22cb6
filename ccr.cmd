@echo off
rem The one door to Ccr on Windows; the commands are those of ./ccr.
setlocal
set "ROOT=%~dp0"
set "COMMAND=%~1"
if "%COMMAND%"=="" set "COMMAND=help"
where dotnet >nul 2>nul || (
  echo ccr: the .NET 10 SDK is missing: get it from https://dotnet.microsoft.com/download/dotnet/10.0 1>&2
  exit /b 2
)
set "PROJECT="
if /i "%COMMAND%"=="demo" set "PROJECT=src\Demo"
if /i "%COMMAND%"=="up" set "PROJECT=src\Node"
if /i "%COMMAND%"=="ctl" set "PROJECT=src\Ccrctl"
if /i "%COMMAND%"=="bench" set "PROJECT=bench"
if /i "%COMMAND%"=="test" (dotnet test "%ROOT%Ccr.sln" -c Release --nologo & exit /b)
if "%PROJECT%"=="" (
  echo usage: ccr demo [--json] ^| test ^| bench NAME ^| up --node NAME --data DIR ^| ctl ARGS
  if /i "%COMMAND%"=="help" exit /b 0
  exit /b 2
)
set "REST="
:next
shift
if "%~1"=="" goto ready
set REST=%REST% %1
goto next
:ready
dotnet run -c Release --project "%ROOT%%PROJECT%" -v q -- %REST%
