; Offers Switchyard under "Open with" for pictures. APP_ASSOCIATE would make it their default program and leave the uninstalled
; default behind.
!define PICTURE_CLASS "Switchyard.Picture"

!macro OfferFor EXT
  WriteRegNone SHELL_CONTEXT "Software\Classes\.${EXT}\OpenWithProgids" "${PICTURE_CLASS}"
!macroend

!macro WithdrawFrom EXT
  DeleteRegValue SHELL_CONTEXT "Software\Classes\.${EXT}\OpenWithProgids" "${PICTURE_CLASS}"
!macroend

!macro customInstall
  WriteRegStr SHELL_CONTEXT "Software\Classes\${PICTURE_CLASS}" "" "Picture"
  WriteRegStr SHELL_CONTEXT "Software\Classes\${PICTURE_CLASS}\shell\open\command" "" '"$appExe" "%1"'
  !insertmacro OfferFor "jpg"
  !insertmacro OfferFor "jpeg"
  !insertmacro OfferFor "png"
  !insertmacro OfferFor "webp"
  !insertmacro OfferFor "tif"
  !insertmacro OfferFor "tiff"
!macroend

!macro customUnInstall
  !insertmacro WithdrawFrom "jpg"
  !insertmacro WithdrawFrom "jpeg"
  !insertmacro WithdrawFrom "png"
  !insertmacro WithdrawFrom "webp"
  !insertmacro WithdrawFrom "tif"
  !insertmacro WithdrawFrom "tiff"
  DeleteRegKey SHELL_CONTEXT "Software\Classes\${PICTURE_CLASS}"
!macroend
